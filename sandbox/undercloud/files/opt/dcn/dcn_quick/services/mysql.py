"""The services' databases. STAND-IN for the Galera cluster: one MariaDB, on the node that would bootstrap
it.
"""

import re

from dcn_quick import balancing


def deploy_step(step, overcloud, node):
    if step != 1 or "mysql" not in node.services or node is not overcloud.group("mysql")[0]:
        return []
    server = {
        "address": node.address(overcloud.network("mysql")),
        "max_connections": node.hiera("mysql_max_connections", 4096),
    }
    return [("mysql.serve", server), ("mysql.databases", {"wanted": databases(node)})]


def databases(node):
    """What puppet's SERVICE::db::mysql classes are told: [{name, user, password}…]."""
    wanted = []
    for key in node.hiera_matching(r"\w+::db::mysql\w*::dbname"):
        prefix = re.sub("dbname$", "", key)
        parts = {part: node.hiera(prefix + part) for part in ("dbname", "user", "password")}
        wanted.append({"name": parts["dbname"], "user": parts["user"], "password": parts["password"]})
    return sorted(wanted, key=lambda database: database["name"])


def balanced(overcloud):
    node = overcloud.group("mysql")[:1]
    network = overcloud.network("mysql")
    return [balancing.Frontend("mysql", [network], 3306, 3306, node, network, http=False)] if node else []

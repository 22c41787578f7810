"""The services' databases. STAND-IN for the Galera cluster: one MariaDB, on the node that would bootstrap the
cluster.
"""

import re

from dcn_common import balancing


def deploy_step(step, overcloud, node):
    if step != 1 or "mysql" not in node.services or node is not overcloud.group("mysql")[0]:
        return []
    server = {
        "address": node.address(overcloud.network("mysql")),
        "max_connections": node.hiera("mysql_max_connections", 4096),
    }
    wanted = databases(node)
    return [
        ("mysql.serve", server),
        ("mysql.databases", {"wanted": wanted}),
        ("schema.load", {"databases": schemas(node, wanted)}),
    ]


def databases(node):
    """Returns [{name, user, password}…] of puppet's SERVICE::db::mysql classes, sorted by name."""
    wanted = []
    for key in node.hiera_matching(r"\w+::db::mysql\w*::dbname"):
        prefix = re.sub("dbname$", "", key)
        name, user, password = (node.hiera(prefix + part) for part in ("dbname", "user", "password"))
        wanted.append({"name": name, "user": user, "password": password})
        if prefix == "nova::db::mysql::":
            # As puppet-nova's setup_cell0.
            wanted.append({"name": f"{name}_cell0", "user": user, "password": password})
    return sorted(wanted, key=lambda database: database["name"])


def schemas(node, wanted):
    """Returns {database: name of its dump} for the databases whose services the sandbox has."""
    dumps = {
        node.hiera(f"{service}::db::mysql{part}::dbname"): service + part
        for service in ("cinder", "glance", "keystone", "neutron", "nova", "placement")
        for part in ("", "_api")
    }
    dumps[f"{node.hiera('nova::db::mysql::dbname')}_cell0"] = "nova_cell0"
    return {database["name"]: dumps[database["name"]] for database in wanted if database["name"] in dumps}


def balanced(overcloud):
    node = overcloud.group("mysql")[:1]
    network = overcloud.network("mysql")
    return [balancing.Frontend("mysql", [network], 3306, 3306, node, network, http=False)] if node else []

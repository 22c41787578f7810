"""MariaDB on this node."""

import os

from host import log, put, run, unit

# Small, and quick on one disk for all: no cluster replays what a power loss takes.
SANDBOX_OPTIONS = """innodb-buffer-pool-size = 64M
innodb-log-file-size = 16M
innodb-flush-log-at-trx-commit = 0
performance-schema = OFF
skip-name-resolve
character-set-server = utf8mb3
collation-server = utf8mb3_general_ci
"""


def serve(address, max_connections):
    """A server on this address."""
    changed = put(
        "/etc/mysql/mariadb.conf.d/99-tripleo.cnf",
        f"[mysqld]\nbind-address = {address}\nmax_connections = {max_connections}\n{SANDBOX_OPTIONS}",
    )
    if not os.path.isdir("/var/lib/mysql/mysql"):
        run(["mariadb-install-db", "--user=mysql", "--skip-test-db"])
    unit("mariadb", changed)


def databases(wanted):
    """A database for each {name, user, password}, and its user from everywhere."""
    known = set(run(["mariadb", "--batch", "--skip-column-names"], "SHOW DATABASES").split())
    statements = []
    for database in wanted:
        name, user = _quoted(database["name"], "`"), f"{_quoted(database['user'])}@'%'"
        statements += [
            f"CREATE DATABASE IF NOT EXISTS {name}",
            f"CREATE OR REPLACE USER {user} IDENTIFIED BY {_quoted(database['password'])}",
            f"GRANT ALL ON {name}.* TO {user}",
        ]
        if database["name"] not in known:
            log(f"database {database['name']}")
    run(["mariadb"], ";\n".join(statements))


def _quoted(text, quote="'"):
    return quote + text.replace("\\", "\\\\").replace(quote, quote * 2) + quote

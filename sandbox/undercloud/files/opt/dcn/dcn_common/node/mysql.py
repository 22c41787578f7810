"""MariaDB on this node."""

import os

from host import log, put, run, unit

# For little memory, and speed on the one disk that all hosts share. A crash of the machine may lose
# transactions; the power loss of a host loses none.
SANDBOX_OPTIONS = """innodb-buffer-pool-size = 64M
innodb-log-file-size = 16M
innodb-flush-log-at-trx-commit = 2
performance-schema = OFF
skip-name-resolve
character-set-server = utf8mb3
collation-server = utf8mb3_general_ci
"""


def serve(address, max_connections):
    """Runs MariaDB on this address."""
    changed = put(
        "/etc/mysql/mariadb.conf.d/99-tripleo.cnf",
        f"[mysqld]\nbind-address = {address}\nmax_connections = {max_connections}\n{SANDBOX_OPTIONS}",
    )
    if not os.path.isdir("/var/lib/mysql/mysql"):
        run(["mariadb-install-db", "--user=mysql", "--skip-test-db"])
    unit("mariadb", changed)


def databases(wanted):
    """Creates databases [{name, user, password}…] and their users; a user may have several databases."""
    existing = set(run(["mariadb", "--batch", "--skip-column-names"], "SHOW DATABASES").split())
    passwords = {database["user"]: database["password"] for database in wanted}
    statements = [
        f"CREATE OR REPLACE USER {_quoted(user)}@'%' IDENTIFIED BY {_quoted(password)}"
        for user, password in passwords.items()
    ]
    for database in wanted:
        name = _quoted(database["name"], "`")
        statements += [
            f"CREATE DATABASE IF NOT EXISTS {name}",
            f"GRANT ALL ON {name}.* TO {_quoted(database['user'])}@'%'",
        ]
        if database["name"] not in existing:
            log(f"database {database['name']}")
    run(["mariadb"], ";\n".join(statements))


def _quoted(text, quote="'"):
    return quote + text.replace("\\", "\\\\").replace(quote, quote * 2) + quote

"""Tables of the services' databases, loaded from the dumps that image/node/schemas.sh made with the services'
own migrations.
"""

from host import Failure, log, run

DUMPS = "/usr/share/dcn/schema"


def load(databases):
    """Loads dumps {database: dump} into empty databases. Runs on the node with the database server."""
    for name, dump in databases.items():
        tables = run(["mariadb", "--batch", "--skip-column-names", name], "SHOW TABLES")
        if tables.strip():
            continue
        try:
            with open(f"{DUMPS}/{dump}.sql") as file:
                text = file.read()
        except FileNotFoundError:
            raise Failure(f"{DUMPS}/{dump}.sql does not exist: this host has an older image") from None
        run(["mariadb", name], text)
        log(f"tables of database {name}")

"""Tables of the services' databases, from the dumps that image/node/schemas.sh has made by their
migrations.
"""

from host import Failure, log, run

DUMPS = "/usr/share/dcn/schema"


def load(databases):
    """Fills those of the databases {name: dump} that are empty; runs where the server is."""
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

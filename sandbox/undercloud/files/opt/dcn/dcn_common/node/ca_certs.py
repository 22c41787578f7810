"""CAs that this node trusts."""

from host import put, run

DIRECTORY = "/usr/local/share/ca-certificates"


def trust(certificates):
    """Adds certificates, {name: PEM text}, to those that the system trusts."""
    changed = [put(f"{DIRECTORY}/{name}.crt", text) for name, text in certificates.items()]
    if any(changed):
        run(["update-ca-certificates"])

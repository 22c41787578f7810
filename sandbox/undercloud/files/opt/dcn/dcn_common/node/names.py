"""The node's name and its /etc/hosts."""

import socket

from host import log, put


def entries(stack, entries):
    """Writes a stack's lines between the markers of tripleo-ansible's role tripleo_hosts_entries."""
    start, end = f"# START_HOST_ENTRIES_FOR_STACK: {stack}", f"# END_HOST_ENTRIES_FOR_STACK: {stack}"
    with open("/etc/hosts") as file:
        lines = file.read().splitlines()
    if start in lines and end in lines:
        kept = lines[: lines.index(start)] + lines[lines.index(end) + 1 :]
    else:
        kept = lines
    wanted = [*kept, start, *entries, end]
    if wanted != lines:
        # Written in place: the file may be a mount point.
        with open("/etc/hosts", "w") as file:
            file.write("\n".join(wanted) + "\n")
        log("wrote /etc/hosts")


def hostname(name):
    """Gives the node a name, now and after a restart."""
    put("/etc/hostname", name + "\n")
    if socket.gethostname() != name:
        socket.sethostname(name)

"""chrony's configuration on this node. No chronyd runs here: a container has the clock of its machine."""

from host import put


def servers(names):
    """Writes the time servers that TripleO gives to chrony into /etc/chrony.conf."""
    put("/etc/chrony.conf", "".join(f"server {name} iburst minpoll 6 maxpoll 10\n" for name in names))

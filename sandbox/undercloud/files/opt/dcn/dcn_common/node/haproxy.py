"""Virtual addresses and haproxy on this node."""

from host import put, run, unit

UNIT = """[Unit]
Description=STAND-IN for pacemaker: this node holds the virtual addresses
Before=haproxy.service

[Service]
Type=oneshot
RemainAfterExit=yes
{commands}

[Install]
WantedBy=multi-user.target
"""


def hold(addresses):
    """Adds these addresses to this host, now and at each start."""
    commands = "".join(f"ExecStart=/bin/ip address replace {address}/32 dev eth0\n" for address in addresses)
    defined = put("/etc/systemd/system/dcn-virtual-addresses.service", UNIT.format(commands=commands.strip()))
    unit("dcn-virtual-addresses", defined=defined)


def serve(text, certificates=None):
    """Runs haproxy with this configuration. A change only reloads haproxy, so that connections stay open.

    Args:
        certificates: {path: PEM text with certificate and key} of files that the configuration names.
    """
    files = [put(path, pem, 0o440, "root", "haproxy") for path, pem in (certificates or {}).items()]
    changed = put("/etc/haproxy/haproxy.cfg", text)
    if not unit("haproxy") and (changed or any(files)):
        run(["systemctl", "reload", "haproxy"])

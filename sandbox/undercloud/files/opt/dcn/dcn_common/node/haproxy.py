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


def serve(text):
    """Runs haproxy with this configuration. A change only reloads haproxy, so that connections stay open."""
    changed = put("/etc/haproxy/haproxy.cfg", text)
    if not unit("haproxy") and changed:
        run(["systemctl", "reload", "haproxy"])

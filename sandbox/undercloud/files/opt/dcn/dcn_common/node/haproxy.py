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
    """Takes these addresses, now and when the host starts."""
    commands = "".join(f"ExecStart=/bin/ip address replace {address}/32 dev eth0\n" for address in addresses)
    defined = put("/etc/systemd/system/dcn-virtual-addresses.service", UNIT.format(commands=commands.strip()))
    unit("dcn-virtual-addresses", defined=defined)


def serve(text):
    """haproxy with this configuration; reloaded, not restarted, when it changes: connections live on."""
    changed = put("/etc/haproxy/haproxy.cfg", text)
    if not unit("haproxy") and changed:
        run(["systemctl", "reload", "haproxy"])

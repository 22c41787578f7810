#!/usr/bin/python3
"""os-net-config for hosts of the sandbox, which keep their interfaces: runs the real one with --noop, as on a
host with nine interfaces and Open vSwitch, and writes the interfaces that it would configure to RESULT, as
JSON {interface: {…}} with what the interface has:

    address    with its prefix length
    mtu
    vlan       VLAN id
    on         the bridge, bond or interface below it
    options    of a bond
    routes     ["<destination> via <address>"…]

Ends as os-net-config does: with 2 after changes (--detailed-exit-codes), with 1 for a refused configuration.
"""

import contextlib
import io
import ipaddress
import json
import pathlib
import re
import sys
import tempfile

# The undercloud's packages, where the test has put them.
sys.path.insert(0, "/opt/os-net-config")
from os_net_config import cli, utils

RESULT = pathlib.Path("/var/lib/os-net-config.json")
NICS = 9


def main():
    with tempfile.TemporaryDirectory() as directory:
        make_nics(pathlib.Path(directory))
        utils._SYS_CLASS_NET = directory
        utils.is_ovs_installed = lambda: True
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            code = cli.main(
                [
                    *sys.argv,
                    "--noop",
                    "--exit-on-validation-errors",
                    "--provider=ifcfg",
                    "--root-dir=/nowhere",
                ]
            )
    files = dict(re.findall(r"^File: \S*/(\S+)\n(.*?)^----$", printed.getvalue(), re.MULTILINE | re.DOTALL))
    RESULT.write_text(json.dumps(interfaces(files)))
    return code


def make_nics(directory):
    """Makes what os-net-config reads in /sys/class/net of interfaces with a link."""
    for number in range(1, NICS + 1):
        nic = directory / f"ens{number}"
        (nic / "device").mkdir(parents=True)
        (nic / "address").write_text(f"52:54:00:00:00:{number:02x}\n")
        (nic / "operstate").write_text("up\n")


def interfaces(files):
    """The interfaces in files of the provider ifcfg {name of the file: text}."""
    found = {}
    for file, text in files.items():
        kind, name = file.split("-", 1)
        if kind == "ifcfg":
            found.setdefault(name, {}).update(
                interface(dict(re.findall(r'^(\w+)="?(.*?)"?$', text, re.MULTILINE)))
            )
        elif kind == "route":
            found.setdefault(name, {})["routes"] = sorted(
                line.removesuffix(f" dev {name}") for line in text.splitlines() if line
            )
    return found


def interface(settings):
    result = {}
    if "IPADDR" in settings:
        result["address"] = str(ipaddress.ip_interface(f"{settings['IPADDR']}/{settings['NETMASK']}"))
    if "MTU" in settings:
        result["mtu"] = int(settings["MTU"])
    tag = re.search(r"tag=(\d+)", settings.get("OVS_OPTIONS", ""))
    if tag:
        result["vlan"] = int(tag[1])
    elif settings.get("VLAN") == "yes":
        result["vlan"] = int(re.search(r"\d+$", settings["DEVICE"])[0])
    below = [settings[key] for key in ("OVS_BRIDGE", "PHYSDEV", "MASTER") if key in settings]
    if below:
        result["on"] = below[0]
    options = settings.get("BONDING_OPTS") or ("" if tag else settings.get("OVS_OPTIONS"))
    if options:
        result["options"] = options
    return result


if __name__ == "__main__":
    sys.exit(main())

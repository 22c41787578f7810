"""Neutron's services on this node."""

import service
from host import answers, directory, put, wait_for
from ini import render

CONF = "/etc/neutron/neutron.conf"
# For each service: the file that it reads beside neutron.conf, and its user.
READS = {
    "neutron_api": ("ml2_conf.ini", "neutron"),
    "neutron_linuxbridge_agent": ("linuxbridge_agent.ini", "root"),
    "neutron_dhcp": ("dhcp_agent.ini", "root"),
}


def configure(options, plugins):
    """Writes neutron.conf, and files {name: sections} of the plugin and the agents in a folder beside it."""
    for path in ("/var/lib/neutron/lock", "/var/log/neutron"):
        directory(path, 0o755, "neutron")
    changed = [put(CONF, render(options), 0o640, "root", "neutron")]
    changed += [
        put(_plugin(name), render(sections), 0o640, "root", "neutron") for name, sections in plugins.items()
    ]
    service.note_change("neutron", changed)


def _plugin(name):
    return f"/etc/neutron/tripleo/{name}"


def serve(units):
    """Runs the services {unit: program}."""
    described = {}
    for name, program in units.items():
        file, user = READS[name]
        log_file = f"/var/log/neutron/{program.rpartition('/')[2]}.log"
        command = f"{program} --config-file {CONF} --config-file {_plugin(file)} --log-file {log_file}"
        # KillMode=process: a restart of the DHCP agent leaves the dnsmasq of each network running.
        described[name] = {
            "user": user,
            "command": command,
            "more": "KillMode=process\n" if user == "root" else "",
        }
    service.serve("neutron", described)


def ready(url):
    """Waits until the API answers."""
    wait_for(f"neutron-server does not answer on {url}", lambda: answers(url), 120, "tripleo_neutron_api")

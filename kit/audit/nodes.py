"""Audits the hosts of a site."""

import subprocess
import time
import uuid

import programs
from audit.findings import error, on_node, warning
from hosts import inventory, ssh
from parallel import each
from redact import ending

_AT_ONCE = 16
_CONNECT_SECONDS = 5
_LIMIT_SECONDS = 25
_CLOCK_SECONDS = 1.0
"""Difference of clocks from which tokens and Ceph's own check are at risk."""
_LOW, _FULL = 0.10, 0.03
"""Shares of a disk that are free."""
_NOT_IN_FILE = {"addresses": [], "routes": []}
"""What a host of the records alone is to have."""


def audit(lab, site, storage):
    """
    The findings about a site's hosts.

    Args:
        site: as in the document of the audit.
        storage: the storage path to the central store's cluster, {addresses, mtu}; None: it is not looked at.

    Returns:
        (findings, the hosts that have answered, as from inventory.hosts).
    """
    name = site["site"]
    records = inventory.read(lab, name)
    in_file = {node["name"]: node for node in site["nodes"]}
    on_storage = {node["name"] for node in site["nodes"] if node["storage"]}
    seen = [(node, storage if node["name"] in on_storage else None) for node in inventory.hosts(lab, name)]
    facts = each(seen, lambda pair: _look(lab, name, *pair), _AT_ONCE)
    found = [
        one
        for (node, path), fact in zip(seen, facts)
        for one in host_findings(
            name, node, {**records[node["name"]], **in_file.get(node["name"], _NOT_IN_FILE)}, path, fact
        )
    ]
    of_nodes = [(node["name"], fact) for (node, _), fact in zip(seen, facts)]
    found += path_findings(name, storage, of_nodes)
    found += record_findings(name, f"{lab.name}-{name}", [node["name"] for node in site["nodes"]], records)
    return found, [node for (node, _), fact in zip(seen, facts) if "fault" not in fact]


def _look(lab, site, node, path):
    """
    The facts of a host: {machine, behind, disks, failed, path}, or {fault: why there are none}.
    """
    text = programs.read("hosts", "state.sh")
    words = [str(path["mtu"]), *path["addresses"]] if path else []
    option = f"-oConnectTimeout={_CONNECT_SECONDS}"
    keys = ssh.known_hosts(lab, site)
    began = time.time()
    try:
        done = ssh.script(node["address"], keys, text, words, _LIMIT_SECONDS, option)
    except subprocess.TimeoutExpired:
        return {"fault": f"did not answer within {_LIMIT_SECONDS} s"}
    return read(done, began, time.time())


def read(done, began, ended):
    """
    The facts in what state.sh has printed.

    Args:
        done: result of the call, with returncode, stdout and stderr.
        began, ended: when the call did, by the undercloud's clock.

    Returns:
        {machine, ahead, disks: [(bytes, free bytes, mount point)], failed: [unit], addresses: [address],
        routes: [`DESTINATION via NEXTHOP`], path}, or {fault}. ahead:
        the least number of seconds by which the host's clock is ahead, negative if it is behind; path:
        `whole`, `short ADDRESS` of the monitor, or `none`; '' if it was not looked at.
    """
    lines = done.stdout.splitlines()
    if done.returncode or "seen" not in lines:
        if ssh.CHANGED in done.stderr:
            return {"fault": ssh.CHANGED}
        return {"fault": ending(done.stderr, 300) or f"exit {done.returncode}"}
    facts = {"machine": "", "ahead": 0.0, "path": ""}
    facts.update({key: [] for key in ("disks", "failed", "addresses", "routes")})
    for key, _, value in (line.partition(" ") for line in lines):
        if key == "time":
            facts["ahead"] = max(0.0, float(value) - ended) or min(0.0, float(value) - began)
        elif key == "disk":
            size, free, mount = value.split(" ", 2)
            facts["disks"].append((int(size), int(free), mount))
        elif key == "failed":
            facts["failed"].append(value)
        elif key == "address":
            facts["addresses"].append(value)
        elif key == "route":
            facts["routes"].append(value)
        elif key in ("machine", "path"):
            facts[key] = value
    return facts


def host_findings(site, node, wanted, path, facts):
    """
    Args:
        node: {name, address}.
        wanted: {instanceId, addresses, routes}: of the host's entry in the inventory, and of the lab file.
        path: the storage path that was looked at, or None.
        facts: as from `read`.
    """
    name, address = node["name"], node["address"]
    if facts.get("fault") == ssh.CHANGED:
        what = f"the host at {address} has another SSH host key than the recorded one"
        return [error("host-key", site, what, f"ssh-keyscan {address}", name)]
    if "fault" in facts:
        what = f"the host does not let ssh in at {address}: {facts['fault']}"
        return [error("host-unreachable", site, what, on_node(name), name)]
    return [
        *_identity(site, name, wanted, facts),
        *_addresses(site, name, wanted, facts),
        *_clock(site, name, facts),
        *_disks(site, name, facts),
        *(
            warning(
                "unit-failed",
                site,
                f"unit {unit} has failed",
                on_node(name, "systemctl", "status", unit),
                name,
            )
            for unit in facts["failed"]
        ),
        *_mtu(site, name, path, facts),
    ]


def _identity(site, name, wanted, facts):
    machine = facts["machine"]
    try:
        machine = str(uuid.UUID(machine))
    except ValueError:
        machine = machine or "none"
    recorded = wanted.get("instanceId")
    if machine == recorded:
        return []
    what = f"the host has machine-id {machine}, and the recorded host has {recorded or 'none'}"
    return [error("machine-id", site, what, on_node(name, "cat", "/etc/machine-id"), name)]


def _addresses(site, name, wanted, facts):
    # A host always has addresses: without one in the facts, `ip` has not answered.
    if not facts["addresses"]:
        return []
    addresses = [one for one in wanted["addresses"] if one not in facts["addresses"]]
    routes = [one for one in wanted["routes"] if one not in facts["routes"]]
    no_address = f"the host lacks addresses of the lab file: {', '.join(addresses)}"
    no_route = f"the host lacks routes of the lab file: {', '.join(routes)}"
    show_addresses, show_routes = on_node(name, "ip", "address"), on_node(name, "ip", "route")
    return [
        *([error("address-missing", site, no_address, show_addresses, name)] if addresses else []),
        *([warning("route-missing", site, no_route, show_routes, name)] if routes else []),
    ]


def _clock(site, name, facts):
    ahead = facts["ahead"]
    if abs(ahead) < _CLOCK_SECONDS:
        return []
    what = f"the clock is {abs(ahead):.1f} s {'ahead of' if ahead > 0 else 'behind'} the undercloud's"
    return [error("clock", site, what, on_node(name, "chronyc", "tracking"), name)]


def _disks(site, name, facts):
    found = []
    for size, free, mount in facts["disks"]:
        if free < _LOW * size:
            severe = error if free < _FULL * size else warning
            what = f"{mount} has {free / 2**30:.1f} of {size / 2**30:.1f} GiB free"
            found.append(severe("disk-room", site, what, on_node(name, "df", "-h", mount), name))
    return found


def _mtu(site, name, path, facts):
    state, _, address = facts["path"].partition(" ")
    if state != "short":
        return []
    size = path["mtu"] - (48 if ":" in address else 28)
    ping = on_node(name, "ping", "-c", "3", "-M", "do", "-s", str(size), address)
    what = f"packets of {path['mtu']} bytes do not reach {address} on the storage network"
    return [error("mtu", site, what, ping, name)]


def path_findings(site, path, of_nodes):
    """
    Args:
        path: as `storage` in `audit`.
        of_nodes: the facts of the site's hosts, [(name, facts as from `read`)].
    """
    cut = [name for name, facts in of_nodes if facts.get("path") == "none"]
    if not cut:
        return []
    places = ", ".join(path["addresses"])
    what = (
        f"{', '.join(cut)} reach no monitor of the central store's cluster by TCP 3300 or 6789 on "
        f"the storage network: {places}"
    )
    return [error("storage-path", site, what, on_node(cut[0], "ip", "route", "get", path["addresses"][0]))]


def record_findings(site, stack, names, records):
    """
    Args:
        stack: the site's stack in Pulumi.
        names: of the site's hosts in the lab file.
        records: the site's inventory.
    """
    look = f"./dcn preview {stack}"
    unknown = [name for name in names if "address" not in records.get(name, {})]
    what = "the host is in the lab file, and the records have no address of the host: it was not looked at"
    foreign = "the host is in the records and not in the lab file"
    return [
        *(warning("host-unknown", site, what, look, name) for name in unknown),
        *(warning("host-foreign", site, foreign, look, name) for name in sorted(set(records) - set(names))),
    ]

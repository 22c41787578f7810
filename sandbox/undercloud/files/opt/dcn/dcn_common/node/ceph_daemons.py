"""Ceph daemons on this node, run by the distribution's units. A cluster's files are /etc/ceph/CLUSTER.*, as
with cephadm.
"""

import glob
import json
import os
import socket
import uuid

from ceph_cluster import Cluster, keyring
from host import Failure, directory, log, put, run, unit, wait_for

DAEMONS = ("mon", "mgr", "osd")
BLOCKS = ("block.wal", "block.db", "block")
"""Links of an OSD to its disks. The link to the data comes last: with it, an OSD counts as created."""
ADMIN_CAPS = {"mon": "allow *", "mgr": "allow *", "osd": "allow *", "mds": "allow *"}
MGR_CAPS = {"mon": "allow profile mgr", "osd": "allow *", "mds": "allow *"}
BOOTSTRAP_CAPS = {"mon": "allow profile bootstrap-osd"}

# First line of the temporary ceph.conf from which the first monitors read a new cluster's settings; later the
# cluster itself stores them.
FIRST_START = "# until the cluster itself has these settings\n"


def clusters():
    """Returns {name: fsid} of the clusters that have daemons on this node."""
    daemons = (path for kind in DAEMONS for path in glob.glob(f"/var/lib/ceph/{kind}/*-*"))
    names = {os.path.basename(path).partition("-")[0] for path in daemons}
    return {name: _fsid(name) for name in names}


def mon(*, cluster, conf, settings, monitors, mon_key, admin_key):
    """Creates this host's monitor, one of `monitors` {host: address}; they form the quorum when all have
    started.

    Args:
        conf: text of the permanent ceph.conf.
        settings: ceph.conf text with further settings that a new cluster needs from its first start on.
    """
    name = _name()
    _configuration(cluster, f"{FIRST_START}{conf}{settings}")
    admin = keyring("client.admin", admin_key, ADMIN_CAPS)
    put(f"/etc/ceph/{cluster}.client.admin.keyring", admin, 0o600)
    keys, monmap = f"/run/ceph/{cluster}.mon.keyring", f"/run/ceph/{cluster}.monmap"
    put(keys, keyring("mon.", mon_key, {"mon": "allow *"}) + admin, 0o600, "ceph", quiet=True)
    members = [
        part for host, address in sorted(monitors.items()) for part in ("--addv", host, _addresses(address))
    ]
    run(["monmaptool", "--create", "--clobber", "--fsid", _fsid(cluster), *members, monmap])
    os.chmod(monmap, 0o644)
    run(
        ["ceph-mon", f"--cluster={cluster}", "--mkfs", "-i", name, "--monmap", monmap, "--keyring", keys],
        user="ceph",
    )
    for file in (keys, monmap):
        os.remove(file)
    unit(f"ceph-mon@{name}")


def configure(cluster, settings, managers, monitors, locations):
    """Waits for the quorum, stores the settings (ceph.conf text) in the cluster, and makes buckets of hosts.

    Args:
        locations: {host: {type of bucket: name}} of the hosts that have a place in the CRUSH hierarchy.

    Returns:
        {entity: key} for the cluster's other daemons.
    """
    wanted = sorted(monitors)
    client = Cluster(cluster)
    # Asks the local monitor: a client that connects too early retries at growing intervals.
    wait_for(f"no quorum of {', '.join(wanted)}", lambda: _quorum(cluster) == wanted, 120)
    log(f"quorum of {', '.join(wanted)}")
    client.command("config assimilate-conf", settings)
    for host, buckets in locations.items():
        client.host_bucket(host, buckets)
    entities = {"client.bootstrap-osd": BOOTSTRAP_CAPS, **{f"mgr.{host}": MGR_CAPS for host in managers}}
    return {entity: client.key(entity, caps) for entity, caps in entities.items()}


def _quorum(cluster):
    """Names of the monitors in quorum, as this host's monitor sees it."""
    request = b'{"prefix": "mon_status", "format": "json"}\0'
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(f"/run/ceph/{cluster}-mon.{_name()}.asok")
        except OSError:
            return []
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            length = int.from_bytes(answer.read(4), "big")
            text = answer.read(length)
    try:
        status = json.loads(text)
        names = {mon["rank"]: mon["name"] for mon in status["monmap"]["mons"]}
        return sorted(names[rank] for rank in status["quorum"])
    except ValueError:  # A monitor that is still starting answers with other text, or with none.
        return []


def mgr(cluster, conf, key):
    """Creates this host's manager."""
    name = _name()
    _configuration(cluster, conf)
    data = f"/var/lib/ceph/mgr/{cluster}-{name}"
    directory(data, 0o750, "ceph")
    put(f"{data}/keyring", keyring(f"mgr.{name}", key, {}), 0o600, "ceph", quiet=True)
    unit(f"ceph-mgr@{name}")


def blank(osds):
    """Checks that each disk of these OSDs is blank or that of an OSD of this host: Ceph's orchestrator never
    wipes a disk.

    Raises:
        Failure: a device is missing, or holds other data.
    """
    existing = {os.path.realpath(link) for link in glob.glob("/var/lib/ceph/osd/*-*/block*")}
    for device in (osd[link] for osd in osds for link in BLOCKS if link in osd):
        if not os.path.exists(device):
            raise Failure(f"{device} does not exist; osd_spec names it")
        if os.path.realpath(device) in existing:
            continue
        found = run(
            ["blkid", "--probe", "--output", "value", "--match-tag", "TYPE", device], check=False
        ).strip()
        with open(device, "rb") as file:
            start = file.read(65536)
        if found or start.strip(b"\0"):
            raise Failure(
                f"{device} is not blank ({found or 'unknown data'}): Ceph creates no OSD on it and never "
                "wipes a disk; wipe it by hand, or create the node anew"
            )


def osds(cluster, conf, key, wanted):
    """Creates the OSDs whose data disks have none; returns the number of OSDs of this host.

    Args:
        wanted: [{block, block.db, block.wal, device_class}…], paths of disks and the class; only block is
            always there.
    """
    _configuration(cluster, conf)
    file = f"/var/lib/ceph/bootstrap-osd/{cluster}.keyring"
    put(file, keyring("client.bootstrap-osd", key, {}), 0o600, "ceph", quiet=True)
    for osd in wanted:
        number = _osds().get(os.path.realpath(osd["block"])) or _new_osd(
            Cluster(cluster, "client.bootstrap-osd", file), osd
        )
        # At each start of the host, the device nodes are created anew and belong to root.
        override = f"/etc/systemd/system/ceph-osd@{number}.service.d/dcn.conf"
        disks = " ".join(osd[link] for link in BLOCKS if link in osd)
        defined = put(override, f"[Service]\nExecStartPre=+/bin/chown ceph: {disks}\n", quiet=True)
        unit(f"ceph-osd@{number}", defined=defined)
    return len(_osds())


def _new_osd(cluster, osd):
    identity, secret = str(uuid.uuid4()), run(["ceph-authtool", "--gen-print-key"]).strip()
    number = cluster.new_osd(identity, secret, osd.get("device_class"))
    data = f"/var/lib/ceph/osd/{cluster.name}-{number}"
    directory(data, 0o750, "ceph")
    put(f"{data}/keyring", keyring(f"osd.{number}", secret, {}), 0o600, "ceph", quiet=True)
    for link in (link for link in BLOCKS if link in osd):
        os.symlink(osd[link], f"{data}/{link}")
        run(["chown", "ceph:", osd[link]])
    create = ["ceph-osd", f"--cluster={cluster.name}", "-i", number, "--mkfs", "--osd-uuid", identity]
    run([*create, "--setuser", "ceph", "--setgroup", "ceph"])
    log(f"osd.{number} on {', '.join(osd[link] for link in BLOCKS if link in osd)}")
    return number


def _osds():
    """Returns {device: OSD number} of this host."""
    blocks = (f"{data}/block" for data in glob.glob("/var/lib/ceph/osd/*-*"))
    return {
        os.path.realpath(block): block.rpartition("-")[2].split("/")[0]
        for block in blocks
        if os.path.islink(block)
    }


def wait(cluster, osd_count, seconds):
    """Waits until a manager is active, `osd_count` OSDs are up and the cluster is healthy.

    Returns:
        The cluster's health: "HEALTH_OK".

    Raises:
        Failure: not healthy within `seconds`; the message has the cluster's own reasons.
    """
    client = Cluster(cluster)
    state = {}

    def healthy():
        state.update(client.ask("status"))
        enough = state["osdmap"]["num_up_osds"] >= osd_count and state["mgrmap"]["available"]
        return enough and state["health"]["status"] == "HEALTH_OK"

    try:
        wait_for("not healthy", healthy, seconds)
    except Failure:
        checks = state["health"]["checks"]
        reasons = "; ".join(
            f"{name}: {check['summary']['message']}" for name, check in sorted(checks.items())
        )
        raise Failure(
            f"cluster {cluster} is not healthy after {seconds} s: {reasons or 'no active manager'}"
        ) from None
    return state["health"]["status"]


def prepare(cluster, settings, pools, keys, rules=()):
    """Creates CRUSH rules, pools and cephx users as modules of tripleo-ansible do.

    Args:
        settings: ceph.conf text to store in the cluster.
        rules: [{name, root, type, class…}].
        pools: [{name, application, pg_num…}].
        keys: [{name, caps, key}].

    Returns:
        {fsid, monitors, keys} for the configuration of clients.
    """
    client = Cluster(cluster)
    client.command("config assimilate-conf", settings)
    for rule in rules:
        client.crush_rule(rule)
    for pool in pools:
        client.pool(pool)
    for key in keys:
        client.user(key["name"], key["key"], key["caps"])
    return {
        "fsid": _fsid(cluster),
        "monitors": client.monitors(),
        "keys": [client.ask("auth get", entity=key["name"])[0] for key in keys],
    }


def _configuration(cluster, conf):
    """Writes ceph.conf, unless a permanent one exists."""
    put("/etc/default/ceph", f"CLUSTER={cluster}\n", quiet=True)
    directory("/run/ceph", 0o770, "ceph")
    path = f"/etc/ceph/{cluster}.conf"
    if os.path.exists(path):
        with open(path) as file:
            if not file.read().startswith(FIRST_START):
                return
    else:
        # These targets start the daemons' units when the host starts.
        run(["systemctl", "--quiet", "enable", "ceph.target", *(f"ceph-{kind}.target" for kind in DAEMONS)])
    put(path, conf)


def _fsid(cluster):
    return run(["ceph-conf", f"--cluster={cluster}", "--lookup", "fsid"]).strip()


def _addresses(address):
    """A monitor's addresses for both versions of the messenger protocol."""
    return f"[v2:{address}:3300,v1:{address}:6789]"


def _name():
    return socket.gethostname().split(".")[0]

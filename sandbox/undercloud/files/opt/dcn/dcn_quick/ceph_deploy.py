"""STAND-IN for cephadm in `openstack overcloud ceph deploy`; options, checks and messages are
tripleoclient's own.

This module plays the playbook cli-deployed-ceph.yaml. tripleo-ansible's own code creates the Ceph spec from
roles, nodes and osd_spec; its own template is that of the environment file for `overcloud deploy`. In place
of cephadm's containers, the distribution's Ceph daemons run on the same nodes and networks, with the same
cluster name, configuration and files in /etc/ceph, and on the same devices, which must be blank.
"""

import ipaddress
import uuid

import jinja2
from tripleo_common.utils import passwords
from tripleoclient import utils

import wallaby_ceph
from dcn_common import drives, playbooks
from dcn_common.ceph_spec import ANSIBLE, make_spec, read_yaml, suffix
from dcn_common.errors import SandboxError
from dcn_common.fleet import Fleet
from dcn_common.inventory import Inventory
from dcn_common.services import ceph_client

ROLE = f"{ANSIBLE}/roles/tripleo_cephadm"
SECONDS_TO_HEALTH = 300

# Variables without an effect in this stand-in: it refuses them.
NOT_STOOD_IN_FOR = (
    "crush_hierarchy_path",
    "tripleo_cephadm_ha_services_path",
    "tripleo_cephadm_daemon_ceph_nfs",
    "tripleo_cephadm_extra_args",
)

NETWORK_OPTIONS = ("public_network", "cluster_network", "ms_bind_ipv4", "ms_bind_ipv6")

# cephadm bootstrap --single-host-defaults
SINGLE_HOST = {"osd_crush_chooseleaf_type": "0", "osd_pool_default_size": "2", "mgr_standby_modules": "false"}

# For a cluster that is small and soon healthy; clients see no difference.
SANDBOX_SETTINGS = """
[global]
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_pg_autoscale_mode = off
[mon]
mon_data_avail_warn = 5
mon_data_avail_crit = 2
mon_tick_interval = 1
paxos_propose_interval = 0.1
paxos_min_wait = 0.02
[mgr]
mgr_tick_period = 1
mgr_stats_period = 1
mgr_initial_modules =
mgr_disabled_modules = alerts influx insights iostat k8sevents localpool mirroring nfs osd_perf_query \
osd_support prometheus restful selftest snap_schedule stats telegraf test_orchestrator zabbix
[osd]
osd_memory_target = 939524096
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
osd_op_num_shards = 2
osd_op_num_threads_per_shard = 1
bdev_enable_discard = false
"""


def install():
    """Replaces the playbooks by the functions of this module in this process; adds Wallaby's options."""
    playbooks.play({"cli-deployed-ceph.yaml": deploy, "cli-hosts-file-config.yaml": name_undercloud})
    wallaby_ceph.install(renames=True)


def name_undercloud(inventory, extra_vars, **_):
    """Plays cli-hosts-file-config.yaml: adds the undercloud's name to the nodes' /etc/hosts."""
    stack = extra_vars["tripleo_stack_name"]
    entries = extra_vars["tripleo_hosts_entries_undercloud_hosts_entries"]
    hosts = Inventory(inventory).hosts
    with Fleet(hosts, utils.get_key(stack)) as fleet:
        fleet.call({host: ("names.entries", {"stack": stack, "entries": entries}) for host in hosts})


def deploy(inventory, extra_vars, extra_vars_file=None, **_):
    """Plays cli-deployed-ceph.yaml.

    Args:
        inventory: path of Ansible's inventory.
        extra_vars, extra_vars_file: the client's and the operator's variables; the client's win.

    Raises:
        SandboxError: a variable or the spec is not stood in for, or a step failed.
    """
    variables = {**read_yaml(f"{ROLE}/defaults/main.yml"), **(extra_vars_file or {}), **extra_vars}
    unsupported = [name for name in NOT_STOOD_IN_FOR if variables.get(name)]
    if unsupported:
        raise SandboxError(f"not stood in for with `tripleo: quick`: {', '.join(unsupported)}")
    plan = CephPlan(variables, Inventory(inventory), make_spec(variables, inventory))
    with Fleet(plan.inventory.hosts, utils.get_key(variables["stack_name"])) as fleet:
        fsid = build(fleet, plan)
        provide(fleet, plan, variables)
    write_environment({**variables, "tripleo_cephadm_fsid": fsid})


class CephPlan:
    """Daemons with their nodes, and settings of the cluster.

    Args:
        variables: of the playbook, with the role's defaults.
        inventory: an Inventory.
        spec: documents of the Ceph spec.

    Raises:
        SandboxError: the spec has no monitor, a host without an address, or OSDs that are not stood in for.
    """

    def __init__(self, variables, inventory, spec):
        self.inventory = inventory
        self.cluster = variables["tripleo_cephadm_cluster"]
        self.fsid = variables.get("tripleo_cephadm_fsid")
        # Daemons have the short names of their hosts, as with cephadm, and so has the inventory.
        spec = _with_short_names(spec, suffix(variables))
        hosts = [document["hostname"] for document in spec if document.get("service_type") == "host"]
        self.mon_hosts = self._placed(spec, "mon", hosts)
        self.mgr_hosts = self._placed(spec, "mgr", hosts)
        if not self.mon_hosts:
            raise SandboxError("No hosts with the mon label were in the spec")
        self.locations = {
            document["hostname"]: document["location"] for document in spec if document.get("location")
        }
        self.osd_services = drives.osd_services(spec)
        with_osds = [host for part in self.osd_services for host in part["placement"]["hosts"]]
        unknown = [host for host in dict.fromkeys([*hosts, *with_osds]) if host not in inventory.hosts]
        if unknown:
            raise SandboxError(f"Ceph hosts that the inventory does not have: {', '.join(unknown)}")
        network = variables["public_network_name"]
        addresses = {host: inventory.hosts[host].get(f"{network}_ip") for host in self.mon_hosts}
        missing = [host for host, address in addresses.items() if not address]
        if missing:
            raise SandboxError(f"no address on network {network}: {', '.join(missing)}")
        self.monitors = addresses
        self.settings = SANDBOX_SETTINGS + _section(
            {name: variables[name] for name in NETWORK_OPTIONS if str(variables.get(name, ""))}
        )
        if variables.get("tripleo_cephadm_single_host_defaults"):
            self.settings += _section(SINGLE_HOST)
        if variables.get("tripleo_cephadm_bootstrap_conf"):
            with open(variables["tripleo_cephadm_bootstrap_conf"]) as file:
                # The operator's settings come last and win.
                self.settings += file.read()

    @staticmethod
    def _placed(spec, kind, hosts):
        placed = [
            host for part in spec if part.get("service_type") == kind for host in part["placement"]["hosts"]
        ]
        return [host for host in hosts if host in placed]

    def conf(self, fsid):
        """Returns the text of the ceph.conf that cephadm writes on hosts."""
        hosts = ",".join(_mon_host(address) for address in self.monitors.values())
        return f"# minimal ceph.conf for {fsid}\n[global]\nfsid = {fsid}\nmon_host = {hosts}\n"


def _with_short_names(value, suffix):
    """Returns a part of a spec without the suffix at the names of hosts."""
    if isinstance(value, list):
        return [_with_short_names(item, suffix) for item in value]
    if isinstance(value, dict):
        return {
            key: _with_short_names(item, suffix) if key in ("hostname", "placement", "hosts") else item
            for key, item in value.items()
        }
    return value.removesuffix(suffix)


def _section(options):
    return "[global]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())


def _mon_host(address):
    bracketed = f"[{address}]" if ipaddress.ip_address(address).version == 6 else address
    return f"[v2:{bracketed}:3300/0,v1:{bracketed}:6789/0]"


def build(fleet, plan):
    """Creates the cluster, or the daemons that it lacks.

    Returns:
        The cluster's fsid.

    Raises:
        SandboxError: a node has daemons or data that are in the way, or the cluster does not become healthy.
    """
    cluster = plan.cluster
    osds = osds_by_host(drives.selected(fleet, plan.osd_services))
    disks = {host: [osd["block"] for osd in found] for host, found in osds.items()}
    fleet.log(
        f"Ceph cluster {cluster}: mon {', '.join(plan.mon_hosts)}; mgr {', '.join(plan.mgr_hosts)}; "
        f"OSD {', '.join(f'{host} {chr(32).join(paths)}' for host, paths in disks.items()) or 'none'}"
    )
    everywhere = dict.fromkeys([*plan.mon_hosts, *plan.mgr_hosts, *osds])
    found = fleet.call({host: ("ceph_daemons.clusters", {}) for host in everywhere})
    _refuse_other_clusters(plan, found)
    fleet.call({host: ("ceph_daemons.blank", {"osds": wanted}) for host, wanted in osds.items()})
    existing = {fsid for clusters in found.values() for fsid in clusters.values()}
    fsid = existing.pop() if existing else plan.fsid or str(uuid.uuid4())
    conf = plan.conf(fsid)
    _create_monitors(fleet, plan, found, conf)
    first = plan.mon_hosts[0]
    keys = fleet.on(
        first,
        "ceph_daemons.configure",
        cluster=cluster,
        settings=plan.settings,
        managers=plan.mgr_hosts,
        monitors=list(plan.monitors),
        locations=plan.locations,
    )
    common = {"cluster": cluster, "conf": conf}
    fleet.call(
        {host: ("ceph_daemons.mgr", {**common, "key": keys[f"mgr.{host}"]}) for host in plan.mgr_hosts}
    )
    osd = {**common, "key": keys["client.bootstrap-osd"]}
    counts = fleet.call(
        {host: ("ceph_daemons.osds", {**osd, "wanted": wanted}) for host, wanted in osds.items()}
    )
    health = fleet.on(
        first, "ceph_daemons.wait", cluster=cluster, osd_count=sum(counts.values()), seconds=SECONDS_TO_HEALTH
    )
    fleet.log(f"Ceph cluster {cluster} ({fsid}): {health}, {sum(counts.values())} OSDs up")
    return fsid


def osds_by_host(found):
    """Returns {host: [{block, block.db, block.wal, device_class}…]} of disks that were selected.

    A key is absent where an OSD has no disk of that kind, or Ceph finds its class.

    Args:
        found: as drives.selected returns it.
    """
    osds = {}
    for part, hosts in found:
        for host, disks in hosts.items():
            for number, path in enumerate(disks["data"]):
                osd = {"block": path}
                osd.update({f"block.{kind}": disks[kind][number] for kind in ("db", "wal") if disks[kind]})
                if part.get("crush_device_class"):
                    osd["device_class"] = part["crush_device_class"]
                osds.setdefault(host, []).append(osd)
    return osds


def _create_monitors(fleet, plan, found, conf):
    """Creates the cluster's monitors, unless they exist.

    Args:
        found: {host: {cluster: fsid}} of the daemons on the nodes.
        conf: text of the cluster's ceph.conf.
    """
    cluster = plan.cluster
    new = [host for host in plan.mon_hosts if cluster not in found[host]]
    with_daemons = [host for host, clusters in found.items() if cluster in clusters]
    if len(new) == len(plan.mon_hosts) and with_daemons:
        raise SandboxError(
            f"{', '.join(with_daemons)}: daemons of an earlier cluster {cluster}, whose monitors are gone; "
            "create these nodes anew"
        )
    if new and len(new) < len(plan.mon_hosts):
        raise SandboxError(f"not stood in for with `tripleo: quick`: further monitors, {', '.join(new)}")
    monitor = {
        "cluster": cluster,
        "conf": conf,
        "settings": plan.settings,
        "monitors": plan.monitors,
        "mon_key": passwords.create_cephx_key(),
        "admin_key": passwords.create_cephx_key(),
    }
    fleet.call({host: ("ceph_daemons.mon", monitor) for host in new})


def provide(fleet, plan, variables):
    """Creates the pools and users of the operator's variables; writes the variables of clients.

    Raises:
        SandboxError: a user has no key. The last release of the role needs it in its template ceph_key.j2.
    """
    pools, keys = variables.get("tripleo_cephadm_pools"), variables.get("tripleo_cephadm_keys")
    if not pools:
        return
    without = [key["name"] for key in keys or [] if not key.get("key")]
    if without:
        raise SandboxError(f"tripleo_cephadm_keys: {', '.join(without)}: has no `key`")
    prepared = fleet.on(
        plan.mon_hosts[0],
        "ceph_daemons.prepare",
        cluster=plan.cluster,
        settings="",
        pools=pools,
        keys=keys or [],
    )
    if keys:
        ceph_client.write_variables(variables["tripleo_ceph_client_vars"], plan.cluster, prepared)


def _refuse_other_clusters(plan, found):
    for host, clusters in found.items():
        others = sorted(set(clusters) - {plan.cluster})
        if others:
            raise SandboxError(
                f"{host} belongs to the Ceph cluster {', '.join(others)} already, so it cannot be in "
                f"{plan.cluster} too (multiple Ceph clusters on one host are not supported)"
            )


def write_environment(variables):
    """Writes the environment file for `overcloud deploy` with the role's own template."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(f"{ROLE}/templates"), trim_blocks=True, keep_trailing_newline=True
    )
    # The template of release 6.0.0 sets CephSpecFqdn only for standalone, Wallaby's with a domain, too.
    fqdn = {"tripleo_cephadm_standalone": True} if suffix(variables) else {}
    text = templates.get_template("deployed_ceph.yaml.j2").render({**variables, **fqdn})
    with open(variables["deployed_ceph_tht_path"], "w") as file:
        file.write(text)

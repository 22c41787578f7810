"""Pools and users of the stack's own Ceph, and every node's client files for this cluster and others.

From the tasks of THT's cephadm/ceph-base.yaml and ceph-client.yaml: the roles tripleo_run_cephadm,
tripleo_cephadm and tripleo_ceph_client of tripleo-ansible.
"""

import os

import yaml

from dcn_common.errors import SandboxError
from dcn_common.overcloud import included

STEP = 2
CAPS = {"mgr": "allow *", "mon": "profile rbd"}


def external_deploy_step(step, overcloud, fleet):
    """Creates pools and the clients' user in the stack's cluster; writes ceph_client.yml for clients."""
    if step != STEP or not overcloud.group("ceph_mon"):
        return
    for prepared in included(overcloud.external_tasks(STEP), "tripleo_run_cephadm", "prepare.yml"):
        # TripleO has cephadm's playbooks and logs in it; `overcloud export ceph` requires it.
        os.makedirs(overcloud.directory / "cephadm", exist_ok=True)
        _prepare(overcloud, fleet, prepared)


def _prepare(overcloud, fleet, prepared):
    variables = prepared["cephadm_extra_vars"]
    cluster, fsid = variables["tripleo_cephadm_cluster"], variables["tripleo_cephadm_fsid"]
    pools = wanted_pools(prepared["ceph_pools"], overcloud.variables["enabled_services"])
    prepared_cluster = fleet.on(
        overcloud.group("ceph_mon")[0].name,
        "ceph_daemons.prepare",
        cluster=cluster,
        settings=_settings(overcloud, prepared),
        rules=variables["tripleo_cephadm_crush_rules"],
        pools=pools,
        keys=wanted_keys(prepared["ceph_keys"], pools),
    )
    if prepared_cluster["fsid"] != fsid:
        raise SandboxError(
            f"CephClusterFSID: {fsid} is not the id of cluster {cluster}, which is {prepared_cluster['fsid']}"
        )
    write_variables(variables["tripleo_ceph_client_vars"], cluster, prepared_cluster)
    _distribute(overcloud, fleet, cluster)


def _distribute(overcloud, fleet, cluster):
    """Copies the administrator's files to all monitors' hosts, as tripleo_ceph_distribute_keys does."""
    first, *others = [node.name for node in overcloud.group("ceph_mon")]
    files = fleet.on(first, "ceph_client.admin_files", cluster=cluster)
    fleet.call({name: ("ceph_client.put_admin_files", {"files": files}) for name in others})


def write_variables(path, cluster, prepared):
    """Writes the variables of clients, as tripleo_cephadm/templates/ceph_client.yaml.j2 renders them.

    Args:
        path: of the file.
        cluster: name of the cluster.
        prepared: result of node/ceph_daemons.py's prepare().
    """
    keys = [{"name": key["entity"], "key": key["key"], "caps": key["caps"]} for key in prepared["keys"]]
    document = {
        "tripleo_ceph_client_fsid": prepared["fsid"],
        "tripleo_ceph_client_cluster": cluster,
        "external_cluster_mon_ips": prepared["monitors"],
        "keys": keys,
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        yaml.safe_dump(document, file, explicit_start=True, sort_keys=False)


def wanted_pools(given, enabled_services):
    """Returns CephPools, and the services' pools whose names CephPools does not have.

    As tripleo_run_cephadm/tasks/build_pools.yml.

    Args:
        given: the task's variable ceph_pools.
        enabled_services: names of the stack's services.

    Raises:
        SandboxError: a pool of CephPools has no application.
    """
    extra = given["extra_pools"]
    extra_names = {pool["name"] for pool in extra}
    backup = given["cinder_backup_pool"]["enabled"] and "cinder_backup" in enabled_services
    volumes = given["cinder_pool"]["enabled"]
    wanted = {
        given["nova_pool"]["name"]: given["nova_pool"]["enabled"],
        given["cinder_pool"]["name"]: volumes,
        given["glance_pool"]["name"]: given["glance_pool"]["enabled"],
        given["cinder_backup_pool"]["name"]: volumes and backup,
        **{name: volumes for name in given["cinder_pool"]["cinder_extra_pools"]},
    }
    common = {"pg_num": given["pg_num"], "rule_name": "replicated_rule", "application": "rbd"}
    pools = [
        {"name": name, **common} for name, enabled in wanted.items() if enabled and name not in extra_names
    ] + extra
    for pool in pools:
        if "application" not in pool:
            raise SandboxError(f"CephPools: pool {pool['name']} has no `application` (rbd)")
    return pools


def wanted_keys(given, pools):
    """Returns the stack's cephx users [{name, key, caps}…] (tripleo_run_cephadm/tasks/build_keys.yml)."""
    osd = ", ".join(f"profile rbd pool={pool['name']}" for pool in pools)
    own = given["openstack_client"]
    client = {
        "name": f"client.{own['name']}",
        "key": own["key"],
        "caps": {**CAPS, **({"osd": osd} if osd else {})},
    }
    return [client, *given["extra_keys"]]


def _settings(overcloud, prepared):
    """ceph.conf text with the settings that a deploy applies again: CephPoolDefaultSize and
    CephConfigOverrides.
    """
    if not overcloud.parameter("ApplyCephConfigOverridesOnUpdate", False):
        return ""
    sections = {"global": {}}
    for given in (prepared["ceph_default_overrides"], prepared["ceph_config_overrides"]):
        for name, value in given.items():
            section, options = (name, value) if isinstance(value, dict) else ("global", {name: value})
            sections.setdefault(section, {}).update(options)
    lines = (
        [f"[{name}]", *(f"{key} = {value}" for key, value in part.items())] for name, part in sections.items()
    )
    return "".join(f"{line}\n" for part in lines for line in part)


def deploy_step(step, overcloud, node):
    """Writes the clients' files to /etc/ceph and to the directory for TripleO's containers."""
    if step != STEP or "ceph_client" not in node.services:
        return []
    clusters = clusters_of(overcloud)
    homes = {role["tripleo_ceph_client_config_home"] for role in _client_roles(overcloud)}
    return [("ceph_client.configure", {"homes": [*sorted(homes), "/etc/ceph"], "clusters": clusters})]


def _client_roles(overcloud):
    return included(overcloud.external_tasks(STEP), "tripleo_ceph_client")


def clusters_of(overcloud):
    """Returns [{name, fsid, monitors, keys, client}…] of the nodes' clusters, the stack's own first."""
    clusters = []
    for role in _client_roles(overcloud):
        path = role.get("tripleo_ceph_client_vars")
        if path and os.path.exists(path):
            with open(path) as file:
                own = yaml.safe_load(file)
            clusters.append(
                {
                    # `ceph` is the role's default; parameters of an external cluster may lack the name.
                    "name": own.get("tripleo_ceph_client_cluster", "ceph"),
                    "fsid": own["tripleo_ceph_client_fsid"],
                    "monitors": own["external_cluster_mon_ips"],
                    "keys": own["keys"],
                    "client": {},
                }
            )
    return clusters + [external_cluster(item) for item in _external(overcloud)]


def _external(overcloud):
    """CephExternalMultiConfig, from the task of step 1 that sets it as a fact."""
    for task in overcloud.external_tasks(1):
        for part in task.get("block") or []:
            if "ceph_external_multi_config" in (part.get("set_fact") or {}):
                return part["set_fact"]["ceph_external_multi_config"]
    return []


def external_cluster(item):
    """Returns {name, fsid, monitors, keys, client} of an item of CephExternalMultiConfig.

    Of the item's overrides, only the section `client` is used, as by tripleo_ceph_client.

    Raises:
        SandboxError: a key has no capabilities.
    """
    for key in item["keys"]:
        if "caps" not in key:
            raise SandboxError(f"CephExternalMultiConfig: {item['cluster']}: {key['name']} has no `caps`")
    return {
        "name": item["cluster"],
        "fsid": item["fsid"],
        "monitors": item["external_cluster_mon_ips"],
        "keys": item["keys"],
        "client": (item.get("ceph_conf_overrides") or {}).get("client") or {},
    }

"""Host aggregates and availability zones, as the task of THT's nova-az-config.yaml creates them, once Nova
knows the stack's compute hosts.
"""

import time

from dcn_common.errors import SandboxError
from dcn_common.services.keystone import connection

SECONDS_TO_REGISTER = 180
# From 2.88 on, the list of hypervisors contains uptimes, for which nova-api calls each nova-compute. A
# nova-compute that starts is in the database before it listens: the call to it is lost, and the list fails
# after nova-api's rpc_response_timeout.
COMPUTE_API_VERSION = "2.87"
PLACEMENT_API_VERSION = "1.19"
CONFLICTS = 10


def external_post_deploy(overcloud, fleet):
    """Creates the aggregate of the stack's compute hosts.

    Raises:
        SandboxError: hosts are not registered within SECONDS_TO_REGISTER.
    """
    tasks = [
        task["os_nova_host_aggregate"]
        for task in overcloud.external_post_tasks
        if "os_nova_host_aggregate" in task
    ]
    if not tasks or not overcloud.runs("nova_compute"):
        return
    wanted = tasks[0]  # The task is the same for each role with the service.
    hosts = {node.hiera("nova::host"): node.name for node in overcloud.group("nova_compute")}
    cloud = connection(auth=wanted["auth"], compute_default_microversion=COMPUTE_API_VERSION)
    _wait_for(cloud, hosts, fleet)
    aggregate = ensure(cloud.compute, wanted["name"], wanted["availability_zone"], list(hosts), fleet.log)
    sync(cloud.placement, aggregate, list(hosts), fleet.log)


def _wait_for(cloud, hosts, fleet):
    """Waits until Nova has discovered these compute hosts {host: node}, and Placement has registered them.

    Nova adds a host to an aggregate only once it has discovered the host. The scheduler ignores the zone of a
    host that was added before Placement had registered it.
    """
    end = time.monotonic() + SECONDS_TO_REGISTER
    while True:
        in_nova = {
            hypervisor.service_details["host"] for hypervisor in cloud.compute.hypervisors(details=True)
        }
        in_placement = {provider.name for provider in cloud.placement.resource_providers()}
        missing = [node for host, node in hosts.items() if host not in in_nova & in_placement]
        if not missing:
            return
        if time.monotonic() > end:
            journal = {"unit_name": "tripleo_nova_compute"}
            journals = fleet.call({node: ("host.journal", journal) for node in missing})
            reasons = "; ".join(f"{node}: {text}" for node, text in journals.items())
            raise SandboxError(f"not known to Nova and Placement after {SECONDS_TO_REGISTER} s: {reasons}")
        time.sleep(0.5)


def ensure(compute, name, zone, hosts, log):
    """Creates or updates an aggregate of this name and zone. It then has these hosts and no others, as with
    Ansible's module (openstack.cloud.host_aggregate, purge_hosts). Returns the aggregate.
    """
    aggregate = next((known for known in compute.aggregates() if known.name == name), None)
    if aggregate is None:
        aggregate = compute.create_aggregate(name=name, availability_zone=zone)
        log(f"aggregate {name}, availability zone {zone}")
    elif aggregate.availability_zone != zone:
        compute.update_aggregate(aggregate, name=name, availability_zone=zone)
        log(f"availability zone {zone} of aggregate {name}")
    known = aggregate.hosts or []
    for host in known:
        if host not in hosts:
            compute.remove_host_from_aggregate(aggregate, host)
            log(f"host {host} not in aggregate {name}")
    for host in hosts:
        if host not in known:
            compute.add_host_to_aggregate(aggregate, host)
            log(f"host {host} in aggregate {name}")
    return aggregate


def sync(placement, aggregate, hosts, log):
    """Writes an aggregate to Placement for each of these hosts for which Placement lacks the aggregate, as
    `nova-manage placement sync_aggregates` does. nova-api writes the aggregate when a host is added. When
    that fails, nova-api only logs a warning, and the scheduler finds no host in the zone.

    Raises:
        SandboxError: others have changed a host's resource provider at each of CONFLICTS attempts.
    """
    providers = {provider.name: provider.id for provider in placement.resource_providers()}
    for host in hosts:
        url = f"/resource_providers/{providers[host]}/aggregates"
        for _ in range(CONFLICTS):
            known = placement.get(url, microversion=PLACEMENT_API_VERSION).json()
            if aggregate.uuid in known["aggregates"]:
                break
            log(f"aggregate {aggregate.name} in Placement for host {host}, where Nova has not written it")
            changed = {**known, "aggregates": [*known["aggregates"], aggregate.uuid]}
            placement.put(url, json=changed, microversion=PLACEMENT_API_VERSION)
        else:
            raise SandboxError(f"Placement does not take aggregate {aggregate.name} for host {host}")

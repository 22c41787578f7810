"""Host aggregates and availability zones, as the task of THT's nova-az-config.yaml makes them, once the
stack's compute hosts are known.
"""

import time

from dcn_common.errors import SandboxError

SECONDS_TO_REGISTER = 180
# From 2.88 on the list of hypervisors has the uptime of each, for which nova-api calls its nova-compute. One
# that is coming up has its record in the database before it listens: that call is lost, and the list fails
# after nova-api's rpc_response_timeout.
COMPUTE_API_VERSION = "2.87"


def external_post_deploy(overcloud, fleet):
    """The aggregate of the stack's compute hosts."""
    tasks = [
        task["os_nova_host_aggregate"]
        for task in overcloud.external_post_tasks
        if "os_nova_host_aggregate" in task
    ]
    if not tasks or not overcloud.runs("nova_compute"):
        return
    import openstack  # takes half a second, of which other stacks have no use

    wanted = tasks[0]  # each role with the service has the same
    hosts = {node.hiera("nova::host"): node.name for node in overcloud.group("nova_compute")}
    cloud = openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        auth=wanted["auth"],
        compute_default_microversion=COMPUTE_API_VERSION,
    )
    _wait_for(cloud, hosts, fleet)
    ensure(cloud.compute, wanted["name"], wanted["availability_zone"], list(hosts), fleet.log)


def _wait_for(cloud, hosts, fleet):
    """Waits until Nova's scheduler has found these compute hosts {host: node}, and they are resource
    providers. Nova refuses a host that it has not found; one that it adds to an aggregate before Placement
    has it is in no zone for the scheduler.
    """
    end = time.monotonic() + SECONDS_TO_REGISTER
    while True:
        found = {one.service_details["host"] for one in cloud.compute.hypervisors(details=True)}
        known = {provider.name for provider in cloud.placement.resource_providers()}
        missing = [node for host, node in hosts.items() if host not in found & known]
        if not missing:
            return
        if time.monotonic() > end:
            journal = {"unit_name": "tripleo_nova_compute"}
            words = fleet.call({node: ("host.journal", journal) for node in missing})
            reasons = "; ".join(f"{node}: {text}" for node, text in words.items())
            raise SandboxError(f"not known to Nova and Placement after {SECONDS_TO_REGISTER} s: {reasons}")
        time.sleep(0.5)


def ensure(compute, name, zone, hosts, log):
    """An aggregate of this name and zone that holds these hosts; others in it stay."""
    aggregate = next((known for known in compute.aggregates() if known.name == name), None)
    if aggregate is None:
        aggregate = compute.create_aggregate(name=name, availability_zone=zone)
        log(f"aggregate {name}, availability zone {zone}")
    elif aggregate.availability_zone != zone:
        compute.update_aggregate(aggregate, name=name, availability_zone=zone)
        log(f"availability zone {zone} of aggregate {name}")
    for host in hosts:
        if host not in (aggregate.hosts or []):
            compute.add_host_to_aggregate(aggregate, host)
            log(f"host {host} in aggregate {name}")

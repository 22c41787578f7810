"""Host aggregates and availability zones, as the task of THT's nova-az-config.yaml makes them, once
nova-compute of the hosts is there.
"""

import time

from dcn_quick.errors import QuickError

SECONDS_TO_REGISTER = 180


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
    compute = openstack.connect(load_yaml_config=False, load_envvars=False, auth=wanted["auth"]).compute
    end = time.monotonic() + SECONDS_TO_REGISTER
    while True:
        unknown = ensure(
            compute,
            wanted["name"],
            wanted["availability_zone"],
            list(hosts),
            openstack.exceptions.NotFoundException,
            fleet.log,
        )
        if not unknown:
            return
        if time.monotonic() > end:
            journal = {"unit_name": "tripleo_nova_compute"}
            words = fleet.call({hosts[host]: ("host.journal", journal) for host in unknown})
            reasons = "; ".join(f"{node}: {text}" for node, text in words.items())
            raise QuickError(f"nova-compute is not known to Nova after {SECONDS_TO_REGISTER} s: {reasons}")
        time.sleep(0.5)


def ensure(compute, name, zone, hosts, not_found, log):
    """An aggregate of this name and zone that holds these hosts; others in it stay. Gives the hosts that are
    not known yet, which Nova says by the exception `not_found`.
    """
    aggregate = next((known for known in compute.aggregates() if known.name == name), None)
    if aggregate is None:
        aggregate = compute.create_aggregate(name=name, availability_zone=zone)
        log(f"aggregate {name}, availability zone {zone}")
    elif aggregate.availability_zone != zone:
        compute.update_aggregate(aggregate, name=name, availability_zone=zone)
        log(f"availability zone {zone} of aggregate {name}")
    unknown = []
    for host in hosts:
        if host not in (aggregate.hosts or []):
            try:
                compute.add_host_to_aggregate(aggregate, host)
                log(f"host {host} in aggregate {name}")
            except not_found:
                unknown.append(host)
    return unknown

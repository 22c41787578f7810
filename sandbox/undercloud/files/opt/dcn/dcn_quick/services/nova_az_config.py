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
    if not tasks:
        return
    import openstack  # takes half a second, of which other stacks have no use

    wanted = tasks[0]  # each role with the service has the same
    hosts = {node.hiera("nova::host"): node.name for node in overcloud.group("nova_compute")}
    compute = openstack.connect(load_yaml_config=False, load_envvars=False, auth=wanted["auth"]).compute
    _wait_for(compute, hosts, fleet)
    ensure(compute, wanted["name"], wanted["availability_zone"], list(hosts), fleet.log)


def _wait_for(compute, hosts, fleet):
    """Waits until the scheduler has found these hosts {host: node}, and each has said what it has.

    Before that Nova refuses a host, but has put it into the aggregate already, and not into Placement's: no
    server would ever start there.
    """
    end = time.monotonic() + SECONDS_TO_REGISTER
    while True:
        known = {one.service_details["host"] for one in compute.hypervisors(details=True)}
        missing = [node for host, node in hosts.items() if host not in known]
        if not missing:
            return
        if time.monotonic() > end:
            words = fleet.call(
                {node: ("host.journal", {"unit_name": "tripleo_nova_compute"}) for node in missing}
            )
            reasons = "; ".join(f"{node}: {text}" for node, text in words.items())
            raise QuickError(f"nova-compute is not known to Nova after {SECONDS_TO_REGISTER} s: {reasons}")
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

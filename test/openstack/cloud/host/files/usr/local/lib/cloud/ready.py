"""Waits until the hypervisor, the agents and the volume service of the test cloud are up."""

import sys
import time

from admin import connect

SECONDS = 180


def missing_parts(cloud):
    """Returns the names of the parts that are not up yet."""
    agents = {agent.binary: agent.is_alive for agent in cloud.network.agents()}
    volume = cloud.block_storage.get("/os-services").json()["services"]
    compute = {service.binary: service.state for service in cloud.compute.services()}
    up = {
        **{name: agents.get(f"neutron-{name}-agent") for name in ("linuxbridge", "dhcp", "l3")},
        "cinder-volume": any(s["binary"] == "cinder-volume" and s["state"] == "up" for s in volume),
        "nova-compute": compute.get("nova-compute") == "up",
        "hypervisor": bool(list(cloud.compute.hypervisors())),
    }
    return [name for name, state in up.items() if not state]


def main():
    end = time.monotonic() + SECONDS
    cloud = connect()
    while True:
        try:
            missing = missing_parts(cloud)
        except Exception as error:
            missing = [str(error)]
        if not missing:
            return
        if time.monotonic() > end:
            sys.exit(f"not up after {SECONDS} s: {', '.join(missing)}")
        time.sleep(0.5)


main()

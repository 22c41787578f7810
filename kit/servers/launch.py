"""Starts servers of Nova, waits for them, and removes them."""

import contextlib
import signal
import time

from clock import duration
from errors import KitError
from hosts import proofservers
from output import Beat
from servers import computes, needs, tenant, unscheduled

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that interrupt a proof."""

_BOOT_SECONDS = 900
_PAUSE_SECONDS = 0.5


class NotStarted(KitError):
    """Nova did not start a server: it failed, or took too long."""


def fields(order):
    """
    The fields of Nova's request for the server of a checked order. Creates flavor and network if they are
    missing.
    """
    flavor, network = needs.flavor_and_network(
        order.lab, order.nova, order.image, order.flavor, order.network
    )
    request = {
        "name": order.name,
        "flavorRef": flavor["id"],
        "availability_zone": order.document["zone"],
        "networks": [{"uuid": network["id"]}],
        # The server's metadata comes with its disk, not over the WAN from a metadata service.
        "config_drive": True,
    }
    if order.document["volume"]:
        request["block_device_mapping_v2"] = [
            {
                "boot_index": 0,
                "uuid": order.image["id"],
                "source_type": "image",
                "destination_type": "volume",
                "volume_size": needs.disk_gibibytes(order.image),
                "delete_on_termination": True,
            }
        ]
    else:
        request["imageRef"] = order.image["id"]
    return request


def requester(order, request):
    """The client of Nova that asks for the server of a checked order, by its `fields`."""
    if not order.as_tenant:
        return order.nova
    nova = tenant.nova(order.lab, order.nova.keystone, order.document["project"])
    if not order.network:
        [network] = request["networks"]
        with proofservers.alone(order.lab, "needs", "another server's network"):
            order.nova.share(network["uuid"], nova.keystone.identity().project)
    return nova


def start(nova, request):
    """
    Sends Nova the request for a server; returns the server's id.

    Args:
        nova: the `requester`.
        request: the `fields`.
    """
    # A signal during the request could leave a server that Nova lists only later.
    with _signals_delayed():
        return nova.create(request)


@contextlib.contextmanager
def _signals_delayed():
    """
    A context at whose end the first of SIGNALS that came meanwhile takes effect. A mask would not do: it
    belongs to one thread, and the signal goes to another one, while Python interrupts the main thread.
    """
    caught = []
    before = {number: signal.signal(number, lambda came, _: caught.append(came)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if caught:
            signal.raise_signal(caught[0])


def until_active(order, server_id, began):
    """
    Waits until a server is ACTIVE, and returns it as in Nova's API.

    Args:
        began: time of the request for the server, as of time.monotonic().

    Raises:
        NotStarted: the server is in ERROR, or not ACTIVE in time.
        KitError: the server was removed meanwhile.
    """
    limit = _BOOT_SECONDS + (order.settings["copySeconds"] if order.outcome == computes.COPIED else 0)
    beat = Beat()
    while True:
        server = order.nova.server(server_id)
        if server is None:
            raise KitError(f"server {order.name}: it was removed while it started")
        spent, status = time.monotonic() - began, server["status"]
        if status == "ACTIVE":
            return server
        label = f"server {order.name}: at {order.document['site']}"
        if status == "ERROR":
            fault = (server.get("fault") or {}).get("message") or "Nova does not say why"
            if fault.startswith(unscheduled.FAULT):
                # No nova-compute was asked.
                fault = "; ".join([fault, *unscheduled.reasons(order, server)])
                logs = "nova-scheduler's log at the control plane says more"
            else:
                logs = "nova-conductor's log at the control plane and nova-compute's at the site say more"
            raise NotStarted(f"{label} Nova gave up on it after {duration(spent)}: {fault}; {logs}")
        doing = f"{status}, {server.get('OS-EXT-STS:task_state') or 'no task'}"
        if spent > limit:
            raise NotStarted(
                f"{label} it is not ACTIVE after {duration(spent)} but {doing}; look at the WAN to the "
                "site and at nova-compute's log there"
            )
        beat.say(f"{label}, {doing}, {duration(spent)}")
        time.sleep(_PAUSE_SECONDS)


def remove(order, ids):
    """As `Nova.remove`, servers of an order's name."""
    order.nova.remove(order.name, ids)

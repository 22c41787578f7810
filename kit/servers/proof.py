"""The verbs of servers: boot one that stays, and prove one that is removed."""

import signal
import time

from cloud.keystone import CloudError
from cloud.projects import remove_project
from errors import KitError
from hosts import proofservers
from output import say
from servers import launch, observe
from servers.document import read_document
from servers.order import Order


class _Interrupted(KitError):
    """A signal ended a proof."""

    exit_code = 130


def boot(lab, text):
    """
    Boots a server that stays. A server that Nova does not start is removed. If the wait is interrupted, the
    server stays.

    Args:
        text: the server's document, as YAML.

    Returns:
        The server's disk, console and the like, as from observe.row.

    Raises:
        Refused: the document is wrong, or Nova would not start the server.
        KitError: Nova did not start it.
    """
    order = Order(lab, read_document(text, keeps=True))
    order.check()
    order.say_outcome()
    began, cached, server_id = _start(order)
    try:
        return _observe(order, server_id, began, cached)
    except launch.NotStarted:
        launch.remove(order, [server_id])
        raise


def prove(lab, text):
    """
    Boots a server from an image that is at a site, and removes the server and its project in any case. First
    removes a server that an interrupted proof has left.

    Args, Returns, Raises: as in `boot`.
    """
    document = read_document(text, keeps=False)
    order = Order(lab, document)
    for number in launch.SIGNALS:
        signal.signal(number, _interrupt)
    with proofservers.alone(lab, document["site"], f"the proof of {document['image']} at {document['site']}"):
        order.check(at_site=True)
        left = order.servers()
        if left:
            say(f"server {order.name}: was left by an earlier proof, and is removed")
            launch.remove(order, left)
        order.say_outcome()
        try:
            began, cached, server_id = _start(order)
            return _observe(order, server_id, began, cached)
        except KeyboardInterrupt:
            raise _Interrupted(f"server {order.name}: interrupted, and removed") from None
        finally:
            # Ignore further signals until the removal is done.
            for number in launch.SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            launch.remove(order, order.servers())
            _remove_project(order)


def _start(order):
    """Asks for the server. Returns (time of the request, observe.cache_hits before it, the server's id)."""
    request = launch.fields(order)
    nova = launch.requester(order, request)
    cached = observe.cache_hits(order)
    began = time.monotonic()
    return began, cached, launch.start(nova, request)


def _remove_project(order):
    project = order.document["project"]
    try:
        remove_project(order.nova.keystone, project)
    except CloudError as error:
        say(f"project {project}: stays, and the next proof at the site removes it: {error}")


def _observe(order, server_id, began, cached):
    server = launch.until_active(order, server_id, began)
    seconds = time.monotonic() - began
    say(f"server {order.name}: is ACTIVE after {seconds:.1f} s")
    return observe.row(order, server, seconds, began, cached)


def _interrupt(*_):
    raise KeyboardInterrupt

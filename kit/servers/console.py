"""Waits for text on a server's serial console."""

import re
import time

from clock import duration
from output import Beat

LIMIT_SECONDS = 300
"""How long to wait for a server to be ready, by its console."""

_QUIET_SECONDS = 20
"""A console with text, but without new text for this long, is not waited for any more."""

_LINES = 40
_PAUSE_SECONDS = 1
_READY = re.compile(r"login: *$|\bready\b|cloud-init .*finished", re.M | re.I)


def watch(order, server_id, began):
    """
    Reads a server's console until the server is ready, or writes no more text.

    Args:
        began: time of the request for the server, as of time.monotonic().

    Returns:
        {console, consoleSeconds}. console: `ready`, `written` (text, but no sign that the server is ready) or
        `silent`. consoleSeconds: from `began` to the last new text.
    """
    text, since = "", time.monotonic()
    end, beat = since + LIMIT_SECONDS, Beat()
    while True:
        found, moment = order.nova.console(server_id, _LINES).strip(), time.monotonic()
        if found != text:
            text, since = found, moment
        if _READY.search(text):
            return {"console": "ready", "consoleSeconds": round(moment - began, 1)}
        if moment > end or (text and moment - since > _QUIET_SECONDS):
            return {"console": "written" if text else "silent", "consoleSeconds": round(since - began, 1)}
        state = "is not ready yet" if text else "has written nothing to its console yet"
        beat.say(f"server {order.name}: {state}, {duration(moment - began)}")
        time.sleep(_PAUSE_SECONDS)

"""Lets time run faster for the kit: its pauses are short, and its limits and graces end as early."""

import os
import sys
import threading
import time
from datetime import datetime, timedelta

FACTOR = 20
_ANSWER_SECONDS = 40
_PATIENCE_SECONDS = 10
"""For requests to the control plane: shorter than the kit's, because lives have many without an answer."""


def quicken():
    """
    Divides pauses by FACTOR and multiplies the seconds of the monotonic clocks by it. The wall clock keeps
    its pace, and is ahead by the seconds in ~/step. After a restart, ~/boot names the boot, and has the time
    of the machine from which its seconds count.
    """
    sleep, monotonic, get, wait = time.sleep, time.monotonic, time.clock_gettime, threading.Event.wait
    began = monotonic()

    def event_wait(self, timeout=None):
        return wait(self, None if timeout is None else timeout / FACTOR)

    time.sleep = lambda seconds: sleep(seconds / FACTOR)
    time.monotonic = lambda: began + (monotonic() - began) * FACTOR
    threading.Event.wait = event_wait
    clock = sys.modules["clock"]
    clock._uptime = lambda: (get(time.CLOCK_BOOTTIME) - _boot()[1]) * FACTOR
    clock._boot = lambda: _boot()[0]
    _step_wall_clock()
    _wait_for_answers(_ANSWER_SECONDS / FACTOR)


def settle():
    """Once ~/healed says that all faults have ended: waits for answers as long as a busy machine needs."""
    if _read("healed"):
        _wait_for_answers(_ANSWER_SECONDS)


def _wait_for_answers(seconds):
    # Sockets keep the pace of the machine.
    start = sys.modules["cloud.keystone"].Keystone.__init__
    start.__defaults__ = (seconds, _PATIENCE_SECONDS, *start.__defaults__[2:])


def _step_wall_clock():
    real_time = time.time

    class Stepped(datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + timedelta(seconds=_step())

    time.time = lambda: real_time() + _step()
    for name in ("clock", "cloud.imports"):
        sys.modules[name].datetime = Stepped


def _step():
    return float(_read("step") or 0)


def _boot():
    """(name of the boot, seconds of the machine's own clock at which it began)."""
    name, _, began = (_read("boot") or "first 0").partition(" ")
    return name, float(began)


def _read(name):
    try:
        with open(os.path.expanduser(f"~/{name}"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None

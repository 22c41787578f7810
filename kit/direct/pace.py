"""Limits how fast bytes are sent."""

import threading
import time

CHUNK = 64 << 10
"""Bytes that are sent at once."""
MBIT = 1e6 / 8
"""Bytes per second of 1 Mbit/s."""


class Pace:
    """
    A rate that several threads share.

    Args:
        bytes_per_second: None: no limit.
        clock: seconds, as time.monotonic.
    """

    def __init__(self, bytes_per_second, clock=time.monotonic):
        self._rate = bytes_per_second
        self._clock = clock
        self._free = 0.0
        self._lock = threading.Lock()

    def delay(self, count):
        """How many seconds to wait before `count` bytes are sent; counts them as sent then."""
        if self._rate is None:
            return 0.0
        with self._lock:
            now = self._clock()
            begin = max(now, self._free)
            self._free = begin + count / self._rate
            return begin - now

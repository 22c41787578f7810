"""Reports work on images, for people: what is done, and of bytes how many, how fast and how long yet."""

import threading
import time
from typing import NamedTuple

from clock import duration
from errors import KitError
from output import say

_BEAT_SECONDS = 5
_LONGEST_BEAT_SECONDS = 30
_LOOK_SECONDS = 1
_WINDOW_SECONDS = 30
"""Over how long a rate is measured, and at least over two changes."""
_MOST = 10
"""How many transfers a report has, those that take longest; and how many texts."""


class Transfer(NamedTuple):
    """
    Bytes on their way.

    Attributes:
        what: image, way and place: `plain directly to dcn0`.
        done, total: bytes.
        is_sure: whether `total` is known; otherwise it is an estimate.
        more: text at the end of the line; '' for none.
        step_seconds: between two changes of `done`.
    """

    what: str
    done: int
    total: int
    is_sure: bool = True
    more: str = ""
    step_seconds: float = 0


class Progress:
    """
    Reports every few seconds the work on each of several images. Can be used from several threads.
    """

    def __init__(self):
        self._work = {}
        self._rates = {}
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.cancelled = threading.Event()
        """Set when the caller is interrupted, by `parallel.each`."""

    def pause(self, seconds):
        """Waits. Raises KitError as soon as the caller is interrupted."""
        if self.cancelled.wait(seconds):
            raise KitError("interrupted; Glance goes on with the imports that it has started")

    def set(self, name, work, part=""):
        """
        Sets the current work on an image: a text, '' when it is done; a Transfer; a list of such; or a
        function that gives such a list, and is called again and again. part: names one of several
        works on the image at a time; each is set alone.
        """
        with self._lock:
            self._work[name, part] = work

    def __enter__(self):
        self._thread = threading.Thread(target=self._report, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _report(self):
        pause = _BEAT_SECONDS
        due = self._began + pause
        while not self._stop.wait(_LOOK_SECONDS):
            now = time.monotonic()
            texts, transfers = self._look(now)
            if now < due:
                continue
            for line in lines(texts, transfers, self._rates):
                say(f"{duration(now - self._began)}, {line}")
            pause = min(_LONGEST_BEAT_SECONDS, pause * 1.5)
            due = now + pause

    def _look(self, now):
        """The texts and the Transfers of all images; notes the bytes of these."""
        with self._lock:
            work = list(self._work.items())
        texts, transfers = [], []
        for (name, _), found in work:
            for one in _listed(found() if callable(found) else found):
                if isinstance(one, Transfer):
                    transfers.append(one)
                elif one:
                    texts.append(f"{name}: {one}")
        for one in transfers:
            self._rates.setdefault(one.what, Rate()).note(now, one)
        return texts, transfers


def _listed(work):
    return work if isinstance(work, list) else [work]


class Rate:
    """How fast bytes come, by the latest changes of their number."""

    def __init__(self):
        self._changes = []
        self._now = 0.0
        self._step = 0.0

    def note(self, now, transfer):
        """Notes the bytes of a Transfer at a time, as of time.monotonic()."""
        before, self._now, self._step = self._now, now, transfer.step_seconds
        if not self._changes or transfer.done < self._changes[-1][1]:
            self._changes = [(now, transfer.done)]
        elif transfer.done > self._changes[-1][1]:
            since, done = self._changes[-1]
            if done == 0 or before - since > self._patience:
                # The time before the first bytes, and that of a pause, does not count.
                self._changes = [(before, done)]
            self._changes.append((now, transfer.done))
        while len(self._changes) > 2 and now - self._changes[1][0] >= _WINDOW_SECONDS:
            self._changes.pop(0)

    @property
    def bytes_per_second(self):
        """Bytes per second; None while there is nothing to tell from."""
        (begin, before), (end, done) = self._changes[0], self._changes[-1]
        if done == before or self.silent_seconds:
            return None
        if self._now - end > self._step + _LOOK_SECONDS:
            # No change came where one was due.
            end = self._now
        return (done - before) / (end - begin)

    @property
    def silent_seconds(self):
        """For how long nothing has come; 0 while that is no longer than usual."""
        silent = self._now - self._changes[-1][0]
        return silent if silent > self._patience else 0

    @property
    def _patience(self):
        return max(_WINDOW_SECONDS, 2 * self._step)


def lines(texts, transfers, rates):
    """
    The lines of a report. The last one is of the bytes that take longest: some programs show only that one.

    Args:
        rates: the Rate of each Transfer, by its `what`.
    """
    more = [f"{len(texts) - _MOST} more"] if texts[_MOST:] else []
    found = ["; ".join([*texts[:_MOST], *more])] if texts else []
    left = {one.what: _seconds_left(one, rates[one.what].bytes_per_second) for one in transfers}
    ordered = sorted(transfers, key=lambda one: left[one.what])
    if ordered[:-_MOST]:
        found.append(f"{len(ordered) - _MOST} copies that end before these:")
    for one in ordered[-_MOST:]:
        found.append(_line(one, rates[one.what], left[one.what]))
    return found


def _seconds_left(transfer, rate):
    return max(0, transfer.total - transfer.done) / rate if rate else float("inf")


def _line(transfer, rate, left):
    about = "" if transfer.is_sure else "about "
    of = f" of {about}{transfer.total >> 20}" if transfer.total else ""
    words = [f"{transfer.what}: {transfer.done >> 20}{of} MiB"]
    if rate.silent_seconds:
        words.append(f"nothing came for {duration(rate.silent_seconds)}")
    elif rate.bytes_per_second:
        words.append(f"{rate.bytes_per_second / 2**20:.1f} MiB/s")
        words += [f"{about}{duration(left)} left"] if transfer.total else []
    if transfer.more:
        words.append(transfer.more)
    return ", ".join(words)

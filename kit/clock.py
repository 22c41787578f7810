"""
Times and durations. People read times of the wall clock, which may be set forward or back. So each time that
the kit compares is a stamp: two keys of a record, `<key>` with the time for people, and `<key>Tick` with the
id of the boot and the seconds since the boot, which no step of the clock changes.
"""

import time
from datetime import datetime, timezone


def now():
    """The current time, ISO 8601 in UTC with milliseconds."""
    return moment(time.time())


def moment(seconds):
    """A time in seconds since 1970, in the form of `now`."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")


def stamp(key):
    """The current time as two keys of a record."""
    return {key: now(), f"{key}Tick": f"{_boot()} {_uptime():.3f}"}


def seconds_since(record, key):
    """
    Seconds since a stamp of a record; never negative. After a restart of the undercloud at least the seconds
    since the restart. By the wall clock for records of older kits, which have no tick.
    """
    tick = _seconds_of_this_boot(record, key)
    if tick is not None:
        return max(0.0, _uptime() - tick)
    passed = (datetime.now(timezone.utc) - datetime.fromisoformat(record[key])).total_seconds()
    return max(0.0, passed, _uptime() if record.get(f"{key}Tick") else 0.0)


def seconds_between(record, first, last):
    """Seconds between two stamps of a record; never negative."""
    ticks = [_seconds_of_this_boot(record, key) for key in (first, last)]
    if None not in ticks:
        return max(0.0, ticks[1] - ticks[0])
    begin, end = (datetime.fromisoformat(record[key]) for key in (first, last))
    return max(0.0, (end - begin).total_seconds())


def is_before(record, key, other, other_key):
    """Whether a stamp of one record is earlier than a stamp of another."""
    ticks = _seconds_of_this_boot(record, key), _seconds_of_this_boot(other, other_key)
    if None not in ticks:
        return ticks[0] < ticks[1]
    return record[key] < other[other_key]


def _seconds_of_this_boot(record, key):
    """The seconds between this boot and a stamp; None if the stamp is of another boot, or has no tick."""
    boot, _, seconds = (record.get(f"{key}Tick") or "").partition(" ")
    return float(seconds) if boot == _boot() else None


def _boot():
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def _uptime():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def duration(seconds):
    """Seconds in the form 7s, 2m05s or 1h10m."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"

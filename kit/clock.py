"""Times and durations."""

import time
from datetime import datetime, timezone


def now():
    """The current time, ISO 8601 in UTC with milliseconds."""
    return moment(time.time())


def moment(seconds):
    """A time in seconds since 1970, in the form of `now`."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")


def seconds_since(moment):
    """Seconds since an ISO 8601 time; never negative, although clocks may be set back."""
    return max(0.0, (datetime.now(timezone.utc) - datetime.fromisoformat(moment)).total_seconds())


def duration(seconds):
    """Seconds in the form 7s, 2m05s or 1h10m."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"

"""Times and durations."""

import time
from datetime import datetime, timezone


def now():
    """This moment, ISO 8601 in UTC with milliseconds."""
    return moment(time.time())


def moment(seconds):
    """A moment of the system's clock as `now` gives it."""
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")


def seconds_since(moment):
    """Seconds from an ISO 8601 moment until now; never negative, clocks may have been set."""
    return max(0.0, (datetime.now(timezone.utc) - datetime.fromisoformat(moment)).total_seconds())


def duration(seconds):
    """Seconds as people read them: 7s, 2m05s, 1h10m."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"

"""The record of the last audit of a whole lab: audit/last.json in the lab's directory."""

import os

from clock import seconds_since
from files import read_json, write_json


def write(lab, audit):
    """Records the answer of an audit of all sites."""
    write_json(_path(lab), audit)


def verdict(lab):
    """
    The last audit in short: {at, seconds, errors, warnings}; seconds: its age. None: there was none.
    """
    last = read_json(_path(lab))
    if last is None:
        return None
    severities = [finding["severity"] for finding in last["findings"]]
    return {
        "at": last["at"],
        "seconds": round(seconds_since(last, "at")),
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
    }


def _path(lab):
    return os.path.join(lab.directory, "audit", "last.json")

"""The record of the last audit of a whole lab: audit/last.json in the lab's directory."""

import os
import re

from clock import seconds_since
from files import read_json, write_json


def write(lab, audit):
    """Records the answer of an audit of all sites."""
    write_json(_path(lab), audit)


def with_since(lab, found, at):
    """
    Findings with `since`, the time of the first of the audits of all sites that have had the finding without
    a gap; that of this audit if it is the first.

    Args:
        at: the time of this audit.
    """
    last = read_json(_path(lab)) or {"findings": []}
    known = {_identity(one): one["since"] for one in last["findings"] if "since" in one}
    return [{**one, "since": known.get(_identity(one), at)} for one in found]


def _identity(finding):
    """What two audits of the same difference have in common: not the measured numbers in the sentence."""
    what = re.sub(r"(?<![\w.:/-])[0-9.]+(?![\w:/-])", "", finding["what"])
    return finding["code"], finding["site"], finding["node"], what


def verdict(lab):
    """
    The last audit in short: {at, seconds, sites, errors, warnings}. seconds: its age; sites: names of those
    that were audited. None: there was none.
    """
    last = read_json(_path(lab))
    if last is None:
        return None
    severities = [finding["severity"] for finding in last["findings"]]
    return {
        "at": last["at"],
        "seconds": round(seconds_since(last, "at")),
        "sites": last["sites"],
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
    }


def _path(lab):
    return os.path.join(lab.directory, "audit", "last.json")

"""Checks the words of the command line that name sites, stores, jobs and clusters: paths are made of them."""

import re

import documents
from errors import refuse

_FORMS = {
    "site": (documents.NAME, "a site", "lower-case letters, digits, _ and -, such as dcn0"),
    "job": (documents.JOB, "a job", "SITE/STEP, such as dcn0/ceph-deploy; `kit job list` lists all"),
    "stores": (documents.STORE, "a store or site", "letters, digits, _ and -, such as dcn0"),
    "cluster": (documents.CLUSTER, "a Ceph cluster", "letters and digits"),
    "fsid": (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a Ceph cluster by its fsid", "a UUID"),
    "user": (r"[A-Za-z0-9._-]+", "a user of Ceph", "letters, digits, ., _ and -, without `client.`"),
    "node": (documents.NAME, "a node", "lower-case letters, digits, _ and -, such as oc0-ceph-4"),
    "address": (documents.ADDRESS, "a node by its address", "an IP address"),
    "monitors": (documents.ADDRESS, "a monitor by its address", "an IP address"),
    "pools": (documents.POOL, "a pool", "letters, digits, ., _ and -"),
}
"""The attributes of parsed arguments that are names: pattern, what is named, what to write."""


def refuse_misnamed(arguments):
    """
    Raises Refused with a line for each word that cannot be a name.

    Args:
        arguments: the parsed command line; the value of an attribute in _FORMS is a text or a list of texts.
    """
    faults = []
    for attribute, (pattern, what, remedy) in _FORMS.items():
        value = getattr(arguments, attribute, None) or []
        faults += [
            f"{word!r} cannot be the name of {what}: write {remedy}"
            for word in ([value] if isinstance(value, str) else value)
            if not re.fullmatch(pattern, word)
        ]
    refuse(faults)

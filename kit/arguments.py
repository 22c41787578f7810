"""Checks the words of the command line: paths are made of the names of sites, stores, jobs and clusters."""

import re

import documents
from errors import refuse

_FORMS = {
    "site": (documents.NAME, "a site", "lower-case letters, digits, _ and -, such as dcn0"),
    "stack": (documents.NAME, "a stack", "lower-case letters, digits, _ and -, such as dcn0"),
    "job": (documents.JOB, "a job", "SITE/STEP, such as dcn0/ceph-deploy; `kit job list` lists all"),
    "stores": (documents.STORE, "a store or site", "letters, digits, _ and -, such as dcn0"),
    "cluster": (documents.CLUSTER, "a Ceph cluster", "letters and digits"),
    "fsid": (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a Ceph cluster by its fsid", "a UUID"),
    "user": (r"[A-Za-z0-9._-]+", "a user of Ceph", "letters, digits, ., _ and -, without `client.`"),
    "node": (documents.NAME, "a node", "lower-case letters, digits, _ and -, such as oc0-ceph-4"),
    "nodes": (documents.NAME, "a node", "lower-case letters, digits, _ and -, such as oc0-ceph-4"),
    "address": (documents.ADDRESS, "a node by its address", "an IP address"),
    "monitors": (documents.ADDRESS, "a monitor by its address", "an IP address"),
    "pools": (documents.POOL, "a pool", "letters, digits, ., _ and -"),
}
"""The attributes of parsed arguments that are names: pattern, what is named, what to write."""


def read_forms(option, pattern, form, words):
    """
    The matches of the texts that an option was given.

    Args:
        pattern: compiled regular expression of a text.
        form: what to write, such as `SECTION/OPTION=VALUE`.

    Raises:
        Refused: one line for each text of another form.
    """
    found = [(word, pattern.fullmatch(word)) for word in words]
    refuse([f"{option} {word!r}: write {form}" for word, match in found if not match])
    return [match for _, match in found]


def refuse_misnamed(words, arguments):
    """
    Raises Refused with a line for each word that is not UTF-8 or cannot be a name.

    Args:
        words: of the command line.
        arguments: the parsed words; the value of an attribute in _FORMS is a text or a list of texts.
    """
    # Python takes other bytes of a word for surrogates (PEP 383).
    faults = [f"{word!r} is not UTF-8" for word in words if re.search("[\udc80-\udcff]", word)]
    refuse(faults)
    for attribute, (pattern, what, remedy) in _FORMS.items():
        value = getattr(arguments, attribute, None) or []
        faults += [
            f"{word!r} cannot be the name of {what}: write {remedy}"
            for word in ([value] if isinstance(value, str) else value)
            if not re.fullmatch(pattern, word)
        ]
    refuse(faults)

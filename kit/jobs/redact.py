"""Hides secrets in everything that leaves the undercloud: last lines of logs, errors, heartbeats."""

import glob
import re

import yaml

from files import SafeLoader
from lab import home

HIDDEN = "[hidden]"

_PATTERNS = [
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), HIDDEN),
    # A cephx key (THT deployment/cephadm/ceph-base.yaml, CephClientKey).
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{38}=="), HIDDEN),
    # A Fernet token of Keystone.
    (re.compile(r"gAAAA[A-Za-z0-9_-]{20,}=*"), HIDDEN),
    (
        re.compile(
            r"(?i)((?:password|passwd|secret|auth-token|auth_token)[a-z_-]*[\"']?\s*[:=]\s*[\"']?)[^\s\"',}]+"
        ),
        rf"\1{HIDDEN}",
    ),
]

# TripleO's files that hold secrets (tripleoclient constants.py, workflows/deployment.py create_overcloudrc).
_YAML_FILES = ("overcloud-deploy/*/*-passwords.yaml", "overcloud-deploy/*/ceph_client.yml")
_RC_FILES = ("*rc", "overcloud-deploy/*/*rc")

_SHORTEST = 8
"""Shorter values may be ordinary words, which would be hidden everywhere."""


class Redactor:
    """Hides the secrets in TripleO's files on this undercloud, and texts that look like secrets."""

    def __init__(self):
        found = set()
        for path in _files(_YAML_FILES):
            try:
                with open(path, encoding="utf-8") as file:
                    found.update(_texts(yaml.load(file, Loader=SafeLoader)))
            except (OSError, yaml.YAMLError):
                continue
        for path in _files(_RC_FILES):
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    found.update(re.findall(r"OS_PASSWORD=[\"']?([^\s\"']+)", file.read()))
            except OSError:
                continue
        # Longest first: a secret may start with another.
        self._known = sorted((text for text in found if len(text) >= _SHORTEST), key=len, reverse=True)

    def clean(self, text):
        """Gives the text with [hidden] in place of secrets."""
        for known in self._known:
            text = text.replace(known, HIDDEN)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return text


def _files(patterns):
    return [path for pattern in patterns for path in glob.glob(home(pattern))]


def _texts(value, key=""):
    """The secrets in the content of a TripleO file: all texts but fsids, names and capabilities."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str) and not re.search(
        r"(?i)fsid|cluster|name|mon_ips|^(mgr|mon|osd|mds|mode)$", key
    ):
        yield from value.splitlines()

"""
Hides secrets in texts that leave the undercloud: results, errors, progress, logs (output.py). A text of which
only a part is quoted is cleaned before it is cut: a part of a secret would not be recognised.
"""

import functools
import glob
import os
import re

import yaml

from files import SafeLoader
from lab import home
from secretnames import has_secret, secrets_in

HIDDEN = "[hidden]"

_WORDS = (
    "passwords?|(?<!no)passwd|passphrase|secrets?|tokens?|cookie|credentials?|api_?key|auth_?key|private_?key|"
    "secret_?key|access_?key|activation_?key|adminpass|_pass|_key"
)
_VALUE = r"""(?:\\"(?:(?!\\").)*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',}<&]+)"""

_KEY_BEGIN = "-----BEGIN [A-Z ]*PRIVATE KEY-----"
_KEY_END = "-----END [A-Z ]*PRIVATE KEY-----"
# The name of a value: `password: `, `"OS_PASSWORD": `, `<password>`. Not "asks for a password: …".
_NAME = rf"""(?<![\w.:/-])(?<! a )[\w.:-]*(?:{_WORDS})[\w-]*\\?[\"']?[ \t]*(?:[:=]>?|>)[ \t]*"""

# A path, which no key in base64 is: that has slashes, but no dot, underscore or hyphen beside them.
_PATH = r"""~?/[\w./-]*[._-][\w./-]*(?=[\s"'`,;)]|\Z)"""

_KEY_LINE = re.compile(r"^[ \t]*(?=[A-Za-z0-9+/]*[G-Zg-z+/])[A-Za-z0-9+/]{60,76}={0,2}[ \t]*$", re.M)
_LONG_NAME = re.compile(r"[A-Za-z0-9]{60,76}")
"""A value of an answer that is a name, though a line of a private key may look like it: no value is one."""

_FORMS = [
    (re.compile(rf"{_KEY_BEGIN}.*?({_KEY_END}|\Z)", re.S), HIDDEN),
    # The end of a private key, and a line of one: texts quote the last lines of logs.
    (re.compile(rf"(?:^[ \t]*[A-Za-z0-9+/=]+[ \t]*\n){{1,80}}[ \t]*{_KEY_END}", re.M), HIDDEN),
    (_KEY_LINE, HIDDEN),
    # A cephx key (THT deployment/cephadm/ceph-base.yaml, CephClientKey).
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{38}==(?![A-Za-z0-9+/=])"), HIDDEN),
    # A Fernet token of Keystone.
    (re.compile(r"gAAAA[A-Za-z0-9_-]{20,}=*"), HIDDEN),
    # User and password in a URL; a token in place of the user.
    (
        re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)(?:[^\s/?#@:'\"<>]*:[^\s'\"<>]*|[^\s/@:'\"<>]{20,})@"),
        rf"\1{HIDDEN}@",
    ),
    # A signature or the like in a URL's query.
    (
        re.compile(
            r"(?i)([?&][\w.-]*(?:sig|signature|token|secret|passw|credential|key|auth)[\w.-]*=)[^&\s'\"<>]+"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)(\bauthorization\\?[\"']?\s*[:=]\s*\\?[\"']?)[^\r\n\"',}]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)(\b(?:bearer|basic) )[A-Za-z0-9._~+/=-]{12,}"), rf"\1{HIDDEN}"),
    # A name and a value in a path. "x/password: No such file" has no value.
    (re.compile(rf"(?i)(/[\w.:-]*(?:{_WORDS})[\w-]*=){_VALUE}"), rf"\1{HIDDEN}"),
    # An option of a command line. `--overcloud-ssh-key` names a file.
    (re.compile(rf"(?i)(\s--?[\w-]*(?:{_WORDS}|-key(?![= ]+{_PATH}))[= ]+){_VALUE}"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)({_NAME}){_VALUE}"), rf"\1{HIDDEN}"),
]

# A text that may be the start of a secret of several lines: a private key, or a value in quotes.
_OPEN = re.compile(
    rf"""(?s:{_KEY_BEGIN}(?!.*{_KEY_END})|(?i:{_NAME})(?:"(?:[^"\\]|\\.)*|'[^']*)\Z)""",
)
_LONGEST = 100
"""A text of more lines is not one secret."""

# TripleO's files that hold secrets (tripleoclient constants.py, workflows/deployment.py create_overcloudrc).
_YAML_FILES = (
    "overcloud-deploy/*/*-passwords.yaml",
    "overcloud-deploy/*/ceph_client.yml",
    "tripleo-deploy/*/*-passwords.yaml",
    "*-passwords.yaml",
)
_RC_FILES = ("*rc", "overcloud-deploy/*/*rc")
_DOCUMENTS = "dcn/*/jobs/*/overcloud-*/doc.yaml"
_TLS_KEYS = ("dcn/*/control-plane/tls-key.yaml",)
"""Environment files of the kit with a private key (model/tripleo/paths.ts)."""
_TEMPLATES = "/usr/share/"

_SHORTEST = 8
"""Shorter values may be ordinary words, which would be hidden everywhere."""


def hide_forms(text):
    """Gives the text with [hidden] in place of texts that look like secrets. Reads no file."""
    for pattern, instead in _FORMS:
        text = pattern.sub(instead, text)
    return text


def settled(text):
    """
    How many characters of a growing text can be cleaned before more text follows: those of whole lines,
    without the start of a secret at the end.
    """
    end = text.rfind("\n") + 1
    found = _OPEN.search(text, 0, end)
    if not found:
        return end
    start = text.rfind("\n", 0, found.start()) + 1
    return end if text.count("\n", start, end) > _LONGEST else start


class Redactor:
    """
    Hides the secrets in files of this undercloud, and texts that look like secrets. The files are TripleO's,
    and the environment files of the operator that the documents of jobs name.
    """

    def __init__(self):
        found = set()
        for path in _files(_YAML_FILES):
            found |= _read(path, _of_tripleo)
        for path in [*_environments(), *_files(_TLS_KEYS)]:
            found |= _read(path, _of_operator)
        for path in _files(_RC_FILES):
            found |= _read(path, _of_rc)
        # Longest first: a secret may start with another.
        self._known = sorted((text for text in found if len(text) >= _SHORTEST), key=len, reverse=True)
        # A list of images has the names of the same stores thousands of times.
        self._clean_value = functools.lru_cache(maxsize=1024)(self._clean_value)

    def clean(self, text):
        """Gives the text with [hidden] in place of secrets."""
        return hide_forms(self._without_known(text))

    def _without_known(self, text):
        for known in self._known:
            text = text.replace(known, HIDDEN)
        return text

    def clean_texts(self, value):
        """Gives a JSON value with [hidden] in place of secrets in its texts."""
        if isinstance(value, dict):
            return {key: self.clean_texts(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.clean_texts(inner) for inner in value]
        return self._clean_value(value) if isinstance(value, str) else value

    def _clean_value(self, text):
        return self._without_known(text) if _LONG_NAME.fullmatch(text) else self.clean(text)


def clean(text):
    """Gives a text with [hidden] in place of secrets."""
    return Redactor().clean(text)


def ending(text, length):
    """The last `length` characters of a text, without secrets, from the start of a word."""
    text = clean(text).strip()
    return text if len(text) <= length else re.sub(r"^\S*\s*", "", text[-length - 1 :])


def final_line(text):
    """The last line of a text, without secrets; '' if the text is blank."""
    return clean(text).strip().rpartition("\n")[2]


def _files(patterns):
    return [path for pattern in patterns for path in glob.glob(home(pattern))]


def _read(path, secrets):
    """What a function finds in a file, as a set; it is called again when the file has changed."""
    try:
        state = os.stat(path)
    except OSError:
        return frozenset()
    return _read_once(path, secrets, state.st_mtime_ns, state.st_size, state.st_ino)


@functools.lru_cache(maxsize=1024)
def _read_once(path, secrets, *_state):
    return frozenset(secrets(path))


def _of_tripleo(path):
    return _texts(_content(path))


def _of_operator(path):
    return secrets_in(_content(path))


def _of_rc(path):
    return re.findall(r"OS_PASSWORD=[\"']?([^\s\"']+)", _text(path))


def _text(path):
    """The content of a file; '' if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _content(path):
    """The content of a YAML file; None if it cannot be read."""
    try:
        return yaml.load(_text(path), Loader=SafeLoader)
    except yaml.YAMLError:
        return None


def _environments():
    """Paths of the operator's environment files in the commands of jobs."""
    named = frozenset().union(*(_read(path, _environments_of) for path in _files([_DOCUMENTS])))
    return sorted(filter(is_own, named))


def _environments_of(document):
    return re.findall(r"^\s*- -e\n\s*- (/\S+)$", _text(document), re.M)


def readable_secrets(paths):
    """Those of the operator's environment files among `paths` that have secrets and that others can read."""
    return [
        path
        for path in sorted(filter(is_own, paths))
        if os.path.exists(path) and os.stat(path).st_mode & 0o077 and has_secret(_content(path))
    ]


def is_own(path):
    """Whether the operator wrote the environment file: not TripleO, and not the kit."""
    return path.startswith("/") and not path.startswith((_TEMPLATES, home("dcn", "")))


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

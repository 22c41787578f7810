"""
Finds the secrets in environment files by the names of their keys: TripleO's parameters and hiera keys. The
rule is that of the lab file (model/labfile/secrets.ts); one list of cases tests both.
"""

import re

_SECRET = re.compile(
    r"(?:password|passwd|passphrase|secret|cookie|requirepass|apikey|authkey|secretkey|privatekey|adminpass)"
    r"s?$|^(?:pass|tokens?|credentials?|pin|kek)$"
)
_HARMLESS_KEYS = {
    *("public", "authorized", "host", "known", "trusted", "gpg"),
    *("sort", "primary", "foreign", "partition", "routing"),
}
"""Words before `key` in names of keys that are public, or keys of tables."""

_SECRET_END = re.compile(
    r"\b(?:hash (?:path )?(?:prefix|suffix)|crypto (?:plugin )?login|restproxy server auth)$"
)
"""Of names without such a word: SwiftHashPrefix, BarbicanPkcs11CryptoLogin, …RestproxyServerAuth."""

_CARRIERS = {"data", "value", "content", "base64", "string"}
"""Last words that do not change the meaning of the word before: `ca_private_key_data`."""

_HIERA = re.compile(r"%\{[^}]*\}")
_KEY_ELSEWHERE = re.compile(r"/\S*|(?:ssh|ecdsa|sk-ssh)-\S+ AAAA.*", re.S)
"""What a key may be without being a secret: the path of its file, or a public key."""

_CONTENT = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    # A key of Ceph.
    r"|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{38}==(?![A-Za-z0-9+/=])"
    # A token of Keystone.
    r"|\bgAAAA[A-Za-z0-9_-]{20,}"
    # A password in a URL.
    r"|(?i:\b[a-z][a-z0-9+.-]*://[^\s/?#@:]*:(?!%\{)[^\s/?#@]+@)"
)
_ASSIGNMENT = re.compile(r"([A-Za-z_][\w.-]*)=([^\s'\"&;,]+)")

KEY, SECRET = "key", "secret"


def _kind_of(name):
    """Whether values with this name are secrets. KEY: but for paths, public keys and numbers. None: no."""
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    name = re.sub(r"([A-Z])([A-Z][a-z])", r"\1 \2", name)
    words = re.findall(r"[a-z0-9]+", name.lower())
    while len(words) > 1 and words[-1] in _CARRIERS:
        words.pop()
    last = words[-1].rstrip("0123456789") if words else ""
    if _SECRET.search(last) or _SECRET_END.search(" ".join(words)):
        return SECRET
    if last in ("key", "keys") and len(words) > 1 and words[-2] not in _HARMLESS_KEYS:
        return KEY
    return None


def _is_secret(value, kind):
    """Whether a value below a name of this kind can be a secret: no switch, nothing, no look-up in hiera."""
    if isinstance(value, str):
        other = _HIERA.fullmatch(value) or (kind == KEY and _KEY_ELSEWHERE.fullmatch(value))
        return value != "" and not other
    return kind == SECRET and isinstance(value, (int, float)) and not isinstance(value, bool)


def secrets_in(value, kind=None):
    """The secrets in the content of an environment file, at every depth; those of several lines by lines."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from secrets_in(inner, kind or _kind_of(str(name)))
    elif isinstance(value, list):
        for inner in value:
            yield from secrets_in(inner, kind)
    elif kind and _is_secret(value, kind):
        lines = str(value).splitlines()
        # Not the first and the last line of a private key.
        yield from (line for line in lines if len(lines) == 1 or not line.startswith("-----"))


def has_secret(value):
    """Whether the content of an environment file has a secret, by the name of a key or by a text."""
    return any(secrets_in(value)) or any(_is_in(text) for text in _texts(value))


def _is_in(text):
    """Whether a text has the form of a secret, or `name=value` with the name of one."""
    assigned = any(
        _kind_of(name) == SECRET and _is_secret(assigned, SECRET)
        for name, assigned in _ASSIGNMENT.findall(text)
    )
    return assigned or bool(_CONTENT.search(text))


def _texts(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []

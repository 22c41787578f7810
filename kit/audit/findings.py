"""
The findings of an audit. A finding is {code, severity, site, node, what, remedy}: code names the kind of
difference; severity is ERROR or WARNING; site is None for the undercloud; node is None where the finding is
not about one; what is a sentence; remedy is a command, of the operator's machine if it starts with `./dcn`,
else of the undercloud. record.py adds since.
"""

import re
import shlex

ERROR = "error"
"""Something does not work, or data is in danger."""
WARNING = "warning"
"""Something works and differs from the records, or may soon not work."""


def error(code, site, what, remedy, node=None):
    """A finding of the severity ERROR."""
    return _finding(ERROR, code, site, node, what, remedy)


def warning(code, site, what, remedy, node=None):
    """A finding of the severity WARNING."""
    return _finding(WARNING, code, site, node, what, remedy)


def _finding(severity, code, site, node, what, remedy):
    return {
        "code": code,
        "severity": severity,
        "site": site,
        "node": node,
        "what": what,
        "remedy": remedy,
    }


def on_node(node, *words):
    """A remedy: a command on a node. `./dcn ssh` joins the words, so each is quoted for both shells."""
    return " ".join(["./dcn ssh", node, *map(_quoted_twice, words)])


def _quoted_twice(word):
    """A word for a shell that a shell starts, in double quotes where these are enough: they read better."""
    once = shlex.quote(word)
    return f'"{once}"' if once != word and not re.search(r'[$`"\\!]', once) else shlex.quote(once)


def in_order(findings):
    """Findings by severity, errors first, then by site, node, code and sentence."""
    return sorted(
        findings,
        key=lambda one: (
            one["severity"] != ERROR,
            one["site"] or "",
            one["node"] or "",
            one["code"],
            one["what"],
        ),
    )

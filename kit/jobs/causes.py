"""
Finds in the output of a command of TripleO why the command failed. TripleO's client ends with sentences that
are the same for each failure, below Ansible's recap and summary of times.
"""

import json
import os
import re

from redact import clean, ending

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# The callbacks of Ansible: TripleO's (tripleo-ansible ansible_plugins/callback/tripleo_dense.py), and
# Ansible's own (plugins/callback/default.py).
_DENSE = re.compile(
    r"^[^|\n]*\|[^|\n]*\| +(?P<state>FATAL|UNREACHABLE) \| (?P<task>.*?) \| (?P<host>[^|\n]*?)"
    r"(?: \| item=(?P<item>.*?))?(?: \| error=(?P<result>.*))?$",
    re.M,
)
_DEFAULT_TASK = re.compile(r"^(?:TASK|RUNNING HANDLER) \[(?P<task>.*)\] \**$", re.M)
_DEFAULT = re.compile(
    r"^(?:fatal|failed): \[(?P<host>[^\]\n]*)\](?:: (?:FAILED|UNREACHABLE)!)?"
    r"(?: \(item=(?P<item>.*)\))? => (?P<result>.*)$",
    re.M,
)
_IGNORED = re.compile(r"\s*\.\.\.ignoring$", re.M)

# `openstack stack failures list --long` (heatclient osc/v1/stack_failures.py), and a line for an event
# (heatclient common/utils.py, event_log_formatter).
_RESOURCE = re.compile(
    r"^(?P<resource>\S+):\n  resource_type: (?P<type>.*)\n(?:  .*\n)*?  status_reason: \|\n"
    r"(?P<reason>(?:(?: {4}.*)?\n)+)",
    re.M,
)
_EVENT = re.compile(r"^\S+ \S+ \[(?P<resource>[^\]]*)\]: (?:CREATE|UPDATE)_FAILED +(?P<reason>\S.*)$", re.M)

# What ends the client (cliff app.py, run_subcommand), as oslo.log writes it: the message, which may have
# several lines, and behind it the exception with the same message.
_ERROR = re.compile(
    r"^\S+ \S+ \d+ ERROR openstack \[[^\]\n]*\] (?P<message>.+(?:\n(?!\S+ \S+ \d+ [A-Z]+ |### ).*)*)", re.M
)
_EXCEPTION = re.compile(r": (?:\w+\.)+[A-Z]\w*: ")

_LONGEST = 300
"""How many characters of a message are quoted."""
_MOST = 3
"""How many causes are quoted: a failed task that Ansible rescued stands above the one that ended the play."""
_READ_BYTES = 8 * 1024 * 1024


def causes_in(log, start):
    """
    Why a command failed that wrote into a log from byte `start` on, without secrets: texts of one line, as
    `task "Run puppet" on oc0-ceph-4: no space left`, three at most. [] if the log names no cause.
    """
    with open(log, "rb") as file:
        start = max(start, file.seek(0, os.SEEK_END) - _READ_BYTES)
        file.seek(start)
        text = _COLOUR.sub("", file.read().decode("utf-8", "replace"))
    return _of_ansible(text) or _of_heat(text)[-_MOST:] or _of_client(text)[-_MOST:]


def _of_ansible(text):
    """
    The causes that are no items of loops, and then items as far as there is room: a loop that ignores errors
    shows its items as failed, too.
    """
    whole, items = {}, {}
    for found, task, message in sorted([*_dense(text), *_default(text)], key=lambda entry: entry[0].start()):
        item = f" (item {_start(found['item'])})" if found["item"] else ""
        hosts = items if item else whole
        hosts.setdefault((f'task "{task}"{item}', message), []).append(found["host"])
    causes = _causes(whole)[-_MOST:]
    return causes + _causes(items)[::-1][: _MOST - len(causes)][::-1]


def _causes(hosts):
    return [f"{task} on {_list(names)}: {message}" for (task, message), names in hosts.items()]


def _list(names):
    names = list(dict.fromkeys(names))
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _dense(text):
    for found in _DENSE.finditer(text):
        if found["state"] == "UNREACHABLE":
            yield found, found["task"], "the host cannot be reached"
        elif found["result"]:
            result, _ = _result(text, found)
            yield found, found["task"], _message(found, result)


def _default(text):
    tasks = list(_DEFAULT_TASK.finditer(text))
    for found in _DEFAULT.finditer(text):
        result, end = _result(text, found)
        if not _IGNORED.match(text, end):
            above = [task["task"] for task in tasks if task.start() < found.start()]
            yield found, above[-1] if above else "?", _message(found, result)


def _result(text, found):
    """The result of a task, which may have several lines, and its end in the text; None if it is no JSON."""
    try:
        return json.JSONDecoder().raw_decode(text, found.start("result"))
    except ValueError:
        return None, found.end()


def _message(found, result):
    """What a task says of its failure: the task's message, and the end of what the task's command printed."""
    if not isinstance(result, dict):
        return _start(found["result"])
    said = _words(result.get("msg"))
    printed = next(
        (result[key] for key in ("stderr", "module_stderr", "stdout", "module_stdout") if result.get(key)), ""
    )
    if not said and not printed:
        # A debug task has the output of another task under the name of a variable.
        printed = _words(result)
    parts = [_start(said), _line(ending(_words(printed), _LONGEST))]
    return ": ".join(filter(None, parts))


def _words(value):
    """A JSON value as text; values stay beside their keys, by whose names secrets are recognised."""
    if isinstance(value, list):
        return "\n".join(map(_words, value))
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _of_heat(text):
    found = list(_RESOURCE.finditer(text))
    if found:
        return [f"{one['resource']} ({one['type']}): {_start(one['reason'])}" for one in found]
    # The first event is that of the resource itself; those of the stacks around it follow.
    return [f"{one['resource']}: {_start(one['reason'])}" for one in _EVENT.finditer(text)][:1]


def _of_client(text):
    """What the client itself refuses, or a service answers it, such as Heat about a parameter's value."""
    found = [_EXCEPTION.split(one["message"])[0].strip() for one in _ERROR.finditer(text)][-1:]
    return [_start(line) for message in found for line in message.splitlines() if line.strip()]


def _start(text):
    """The start of a text in one line, without secrets."""
    line = _line(clean(text))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _line(text):
    return " ".join(text.split())

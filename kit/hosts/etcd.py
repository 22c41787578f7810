"""The members of a site's etcd, by which its cinder-volumes share their work."""

import programs
from errors import KitError
from hosts import inventory, ssh
from output import say
from parallel import each

_AT_ONCE = 16
_LIMIT_SECONDS = 120


def members(lab, site, hosts):
    """
    The members of the etcd that runs on hosts, [{id, name, healthy}]; [] if none does.

    Args:
        hosts: {name, address} of the hosts that stay.

    Raises:
        KitError: a host or its etcd does not answer, and no other host says that it has etcd.
    """
    answers = each(hosts, lambda host: _ask(lab, site, host, "members"), _AT_ONCE)
    found = [answer for answer in answers if isinstance(answer, list)]
    _raise([] if found else answers)
    return found[0] if found else []


def faults(site, found, names):
    """
    Why nodes cannot leave a site's etcd, each as a text with the way out; [] if they can.

    Args:
        found: as from `members`.
        names: of the nodes.
    """
    staying = [member for member in found if member not in _on(found, names)]
    bad = [member["name"] or "a member that has never started" for member in staying if not member["healthy"]]
    if len(staying) == len(found) or len(staying) - len(bad) > len(staying) / 2:
        return []
    remedy = (
        f"get {', '.join(bad)} to run again first (`systemctl status tripleo_etcd`)"
        if bad
        else "bring the site up with another node with etcd first"
    )
    return [
        f"site {site}: without {', '.join(names)} its etcd has {len(staying) - len(bad)} members that work, "
        f"of {len(staying)}, which is no majority, and cinder-volume needs etcd: {remedy}"
    ]


def work(site, found, names):
    """What `remove` does, each as a text. Args: as in `faults`."""
    return [f"site {site}: {member['name']} is removed from its etcd" for member in _on(found, names)]


def remove(lab, site, hosts, names):
    """
    Removes the members of nodes from a site's etcd; those that work, last. Can be repeated.

    Args:
        hosts: as in `members`.
        names: of the nodes.

    Raises:
        KitError: etcd refused, or does not answer.
    """
    leaving = sorted(_on(members(lab, site, hosts), names), key=lambda member: member["healthy"])
    for member in leaving:
        answers = []
        for host in hosts:
            answers.append(_ask(lab, site, host, "remove", member["id"]))
            if isinstance(answers[-1], list):
                say(f"site {site}: {member['name']} was removed from its etcd")
                break
        else:
            _raise(answers)


def _on(found, names):
    return [member for member in found if inventory.is_on(names, member["name"])]


def _raise(answers):
    """Raises KitError with the errors among answers, if there are any."""
    errors = [str(answer) for answer in answers if isinstance(answer, KitError)]
    if errors:
        raise KitError("\n".join(errors))


def _ask(lab, site, host, *words):
    """The answer of onnode/etcd.py on a host; the error if the host or its etcd does not answer."""
    program = ["python3", "-c", programs.read("hosts", "etcd.py"), *words]
    try:
        return ssh.answer(lab, site, host, program, what="asking its etcd", limit_seconds=_LIMIT_SECONDS)
    except (ssh.Unreachable, ssh.Failed) as error:
        return error

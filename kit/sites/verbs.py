"""The verbs of everything but jobs, as the command line calls them: (lab, arguments), documents on stdin."""

import json
import sys

import documents
from ceph import external
from common import answer
from hosts import check, nodes, roles
from images import caches, cacheverbs, images, imageverbs
from servers import servers
from sites import sites, status
from stores import lost, stores, update


def nodes_wait(lab, _):
    """`nodes wait`."""
    answer(nodes.wait(lab, sys.stdin.read()))


def nodes_prepare(lab, _):
    """`nodes prepare`."""
    answer(nodes.prepare(lab, sys.stdin.read()))


def nodes_check(lab, _):
    """`nodes check`."""
    answer(nodes.check(lab, sys.stdin.read()))


def leave_site(lab, arguments):
    """`site leave SITE`."""
    sites.leave(lab, arguments.site)


def close_site(lab, arguments):
    """`site close SITE`."""
    answer(sites.close(lab, arguments.site))


def check_undercloud(lab, _):
    """`check`."""
    answer(check.check(lab))


def show_status(lab, arguments):
    """`status [--json]`."""
    if arguments.json:
        answer(status.status(lab))
    else:
        print(status.text(lab))


def announce(lab, arguments):
    """`stores announce SITE`."""
    update.announce(lab, arguments.site)
    answer({"site": arguments.site})


def record(lab, _):
    """`stores record`."""
    answer(stores.record(lab, sys.stdin.read()))


def register(lab, arguments):
    """`stores register`."""
    answer(stores.register(lab, sys.stdin.read(), arguments.grace))


def withdraw(lab, arguments):
    """`stores withdraw`."""
    answer(stores.withdraw(lab, sys.stdin.read(), arguments.grace))


def show_lost(lab, arguments):
    """`stores lost SITE`."""
    answer(lost.told(lab, arguments.site))


def forget_lost(lab, arguments):
    """`stores forget SITE`."""
    answer(lost.forget(lab, arguments.site, arguments.grace))


def update_control_plane(lab, arguments):
    """`stores update`."""
    update.update(lab, arguments.grace)


def store_list(lab, arguments):
    """`stores list [--json]`."""
    entries = stores.listing(lab)
    if arguments.json:
        answer(entries)
        return
    for entry in entries:
        there = "included" if entry["included"] else "not yet included"
        print(f"{entry['store']:<12} {entry['site']:<14} {there}")


def keep_caches(lab, _):
    """`caches keep`."""
    answer(caches.keep(lab, sys.stdin.read()))


def leave_caches(lab, _):
    """`caches leave`."""
    answer(caches.leave(lab, sys.stdin.read()))


def ensure(lab, _):
    """`images ensure`."""
    answer(images.ensure(lab, sys.stdin.read()))


def remove_all(lab, _):
    """`images remove-all`."""
    answer(images.remove_all(lab, sys.stdin.read()))


def image_list(lab, arguments):
    """`images list [--json]`."""
    entries = _of(lab).listing(lab)
    if arguments.json:
        answer(entries)
        return
    for entry in entries:
        stores_text = ", ".join(entry["stores"]) or "no store"
        cached = f"; cached at {', '.join(entry['cached'])}" if entry.get("cached") else ""
        print(f"{entry['id']}  {entry['status']:<8} {entry['name']}: {stores_text}{cached}")


def copy(lab, arguments):
    """`images copy NAME… --to PLACE…`."""
    _rows(_of(lab).copy(lab, arguments.names, arguments.stores), arguments)


def remove(lab, arguments):
    """`images remove NAME… --from PLACE…`."""
    _rows(_of(lab).remove(lab, arguments.names, arguments.stores), arguments)


def verify(lab, arguments):
    """`images verify NAME… [--at PLACE…]`."""
    _rows(_of(lab).verify(lab, arguments.names, arguments.stores), arguments)


def clone(lab, arguments):
    """`images clone NAME… --at STORE…`."""
    _rows(_of(lab).clone(lab, arguments.names, arguments.stores), arguments)


def download(lab, arguments):
    """`images download NAME… --at SITE…`."""
    _rows(_of(lab).download(lab, arguments.names, arguments.stores), arguments)


def boot(lab, _):
    """`servers boot`."""
    answer(servers.boot(lab, sys.stdin.read()))


def prove(lab, _):
    """`servers prove`."""
    answer(servers.prove(lab, documents.read_held()))


def ceph_clients(_, arguments):
    """`ceph clients`."""
    external.clients(arguments.export, arguments.parameters, arguments.variables)


def ceph_adopt(lab, arguments):
    """`ceph adopt`."""
    external.adopt(lab, arguments)


def ceph_release(lab, arguments):
    """`ceph release`."""
    external.release(lab, arguments.cluster, arguments.files)


def subnets(_, arguments):
    """`roles subnets`."""
    roles.subnets(arguments.file, arguments.subnet)


def _of(lab):
    """The module with the verbs for images of this lab."""
    return cacheverbs if caches.used(lab) else imageverbs


def _rows(rows, arguments):
    if arguments.json:
        answer(rows)
        return
    for row in rows:
        words = (
            f"{key} {value if isinstance(value, str) else json.dumps(value)}" for key, value in row.items()
        )
        print("  ".join(words))

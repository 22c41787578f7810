"""The verbs of images and of caches."""

import json
import sys

from direct.copy import Limits
from errors import refuse
from images import LAB_PROPERTY, caches, deletion, incaches, instores, keeper
from images import ensure as labimages
from output import answer, list_entries
from stores import copies


def keep_caches(lab, _):
    """`caches keep`."""
    answer(keeper.keep(lab, sys.stdin.read()))


def leave_caches(lab, _):
    """`caches leave`."""
    answer(keeper.leave(lab, sys.stdin.read()))


def ensure(lab, _):
    """`images ensure`."""
    answer(labimages.ensure(lab, sys.stdin.read()))


def restore(lab, _):
    """`images restore`."""
    answer(labimages.restore(lab, sys.stdin.read()))


def check_removal(lab, _):
    """`images check-removal`."""
    answer(labimages.check_removal(lab, sys.stdin.read()))


def remove_all(lab, _):
    """`images remove-all`."""
    answer(labimages.remove_all(lab, sys.stdin.read()))


def list_images(lab, arguments):
    """`images list [--name NAME] [--status STATUS] [--of-lab] [--json]`."""
    filters = {
        "name": arguments.name,
        "status": arguments.status,
        LAB_PROPERTY: lab.name if arguments.of_lab else None,
    }
    given = {key: value for key, value in filters.items() if value is not None}
    list_entries(_module(lab).listing(lab, **given), arguments.json, _image_text)


def _image_text(entry):
    stores_text = ", ".join(entry["stores"]) or "no store"
    cached = f"; cached at {', '.join(entry['cached'])}" if entry.get("cached") else ""
    version = f" ({entry['version']} version)" if "version" in entry else ""
    return f"{entry['id']}  {entry['status']:<8} {entry['name']}{version}: {stores_text}{cached}"


def copy(lab, arguments):
    """`images copy NAME… --to PLACE… [--direct [--dry-run] …]`."""
    if not arguments.direct:
        refuse(
            f"images copy: {option} is for --direct: Glance's own copy has no such setting"
            for option, given in (
                ("--dry-run", arguments.dry_run),
                ("--rate", arguments.rate),
                ("--rate-in-all", arguments.rate_in_all),
                ("--at-once", arguments.at_once),
            )
            if given
        )
        _rows(_module(lab).copy(lab, arguments.names, arguments.stores), arguments)
        return
    limits = Limits(arguments.rate, arguments.rate_in_all, arguments.at_once or copies.AT_ONCE)
    rows = _module(lab).copy_directly(lab, arguments.names, arguments.stores, limits, arguments.dry_run)
    _rows(rows, arguments)


def remove(lab, arguments):
    """`images remove NAME… --from PLACE…`."""
    _rows(_module(lab).remove(lab, arguments.names, arguments.stores), arguments)


def delete(lab, arguments):
    """`images delete IMAGE…`."""
    _rows(deletion.delete(lab, arguments.names), arguments)


def verify(lab, arguments):
    """`images verify NAME… [--at PLACE…]`."""
    _rows(_module(lab).verify(lab, arguments.names, arguments.stores), arguments)


def clone(lab, arguments):
    """`images clone NAME… --at STORE…`."""
    _rows(_module(lab).clone(lab, arguments.names, arguments.stores), arguments)


def download(lab, arguments):
    """`images download NAME… --at SITE…`."""
    _rows(_module(lab).download(lab, arguments.names, arguments.stores), arguments)


def _module(lab):
    """The module with this lab's verbs for images: incaches or instores."""
    return incaches if caches.used(lab) else instores


def _rows(rows, arguments):
    list_entries(rows, arguments.json, _row_text)


def _row_text(row):
    return "  ".join(
        f"{key} {value if isinstance(value, str) else json.dumps(value)}" for key, value in row.items()
    )

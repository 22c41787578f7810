"""The verb that makes an uploaded kit the kit of the lab."""

import contextlib
import fcntl
import os
import shutil

import folder
from errors import Refused
from files import part_of
from output import answer

_KITS = "kits"


def install(lab, _):
    """
    `install`: makes this kit, <lab>/kits/<digest>, the one that new processes run, and removes the folders of
    other kits without a process.
    """
    kits = os.path.join(lab.directory, _KITS)
    name = os.path.basename(folder.PATH)
    if os.path.dirname(folder.PATH) != kits:
        raise Refused(f"{folder.PATH}: is not below {kits}, where `pulumi up` of the lab stack uploads kits")
    if os.path.isdir(lab.kit) and not os.path.islink(lab.kit):
        # A kit of glance-dcn 0.1.0, or copied by a person.
        os.rename(lab.kit, os.path.join(kits, f"replaced-{os.urandom(4).hex()}"))
    link = part_of(lab.kit)
    os.symlink(os.path.join(_KITS, name), link)
    os.replace(link, lab.kit)
    for other in sorted(os.listdir(kits)):
        if other != name:
            _remove_unused(os.path.join(kits, other))
    answer({"kit": name})


def _remove_unused(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Processes of this kit hold a shared lock.
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path)
    finally:
        os.close(descriptor)

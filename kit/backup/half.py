"""
The undercloud's half of a backup: packs it, compares it with what stands, unpacks it. `./dcn backup` and
`./dcn restore` send this file as the text of `python3 -c`: a fresh undercloud has no kit. So it imports no
module of the kit.

    check      refuses while work of the lab runs, or if an entry cannot be packed; prints {kit: name of the
               lab's kit, '' without one}
    pack       prints a tar without the blocks at its end; its last entry is MANIFEST
    compare    prints {part: {state, …}}, as _compare gives it; stdin goes on with entries
    unpack     writes a part whole or not at all; stdin goes on with a tar, whose last entry must be END

The first line of stdin is JSON: name of a part in the archive -> absolute path of its folder or file. The
part LAB is the directory of the lab. Entries are those of MANIFEST: path there -> {sha256} of a file,
{link} of a link, {} of a folder. Exit code 1: failed, with a line for each fault on stderr.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import sys
import tarfile
import time
from datetime import datetime, timezone

LAB = "undercloud/lab"
STACKS = "undercloud/stacks/"
MANIFEST = "undercloud/manifest.json"
END = "undercloud/end"

_BLOCK = tarfile.BLOCKSIZE

_LEFT_OUT = re.compile(
    r"""
    # Sources of images, findings of an audit, readings of copies, digests that a copy computes again, work of
    # killed processes.
    undercloud/lab/(uploads|audit|stores/readings|images/(turns|blocks|[^/]+\.(work|source|raw))|(.*/)?__pycache__)
    |undercloud/lab/.*\.(part|reserved)
    # `overcloud deploy` copies them anew (tripleoclient v1/overcloud_deploy.py, create_template_dirs).
    |undercloud/stacks/[^/]+/tripleo-heat-templates
    """,
    re.VERBOSE,
)
"""Paths that no backup has, with all below them."""


class Refused(Exception):
    """What the user can mend; the message has a line for each fault."""


def main(verb):
    """Runs a verb. Raises Refused, OSError or tarfile.TarError."""
    os.umask(0o077)
    # A folder that is a link, for example to another disk: its content is wanted.
    parts = {name: os.path.realpath(path) for name, path in json.loads(sys.stdin.buffer.readline()).items()}
    if verb == "check":
        _refuse(_held(parts) + _unreadable(parts))
        print(json.dumps({"kit": _kit(parts), "withPasswords": _with_passwords(parts)}))
    elif verb == "pack":
        _pack(_outermost(parts), sys.stdout.buffer)
    elif verb == "compare":
        entries = json.load(sys.stdin.buffer)
        print(json.dumps({name: _compare(name, path, entries) for name, path in parts.items()}))
    else:
        _unpack(parts, sys.stdin.buffer)


def _refuse(faults):
    if faults:
        raise Refused("\n".join(faults))


def _kit(parts):
    with contextlib.suppress(OSError):
        return os.path.basename(os.readlink(os.path.join(parts[LAB], "kit")))
    return ""


def _with_passwords(parts):
    """The parts of TripleO's stacks that have the passwords of their stack."""
    stacks = {name: name[len(STACKS) :] for name in parts if name.startswith(STACKS)}
    return [
        name
        for name, stack in stacks.items()
        if os.path.isfile(os.path.join(parts[name], f"{stack}-passwords.yaml"))
    ]


def _walk(name, path):
    """Entries of a part: (path in the archive, path here, status), a folder before its content."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    yield name, path, status
    if stat.S_ISDIR(status.st_mode):
        for inner in sorted(os.listdir(path)):
            if not _LEFT_OUT.fullmatch(f"{name}/{inner}"):
                yield from _walk(f"{name}/{inner}", os.path.join(path, inner))


def _held(parts):
    """A line for each lock below the lab's directory that a process holds: work of the kit runs."""
    faults = []
    for folder, _, files in os.walk(parts[LAB]):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not _is_held(path):
                continue
            job = re.fullmatch(r"jobs/([^/]+/[^/]+)/alive", os.path.relpath(path, parts[LAB]))
            what = f"job {job[1]} runs" if job else f"a process holds {path}"
            faults.append(f"undercloud: {what}: wait until it has ended, then run the backup again")
    return sorted(faults)


def _is_held(path):
    """Whether a process has a lock on the file, also a shared one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _unreadable(parts):
    """A line for each entry that this user cannot read, or that no archive can have."""
    faults = []
    if not os.path.isdir(parts[LAB]):
        return [f"undercloud: {parts[LAB]} is missing: there are no records of this lab"]
    for name, root in parts.items():
        for _, path, status in _walk_or_note(name, root, faults):
            if not _is_text(path):
                faults.append(f"undercloud: {path!a}: its name is not UTF-8: rename or remove it")
            kind = stat.S_IFMT(status.st_mode)
            if kind == stat.S_IFREG and not os.access(path, os.R_OK):
                faults.append(_unreadable_fault(path))
            elif kind not in (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
                faults.append(f"undercloud: {path}: is no file, folder or link: remove it")
    return faults


def _is_text(path):
    try:
        os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _walk_or_note(name, root, faults):
    try:
        yield from _walk(name, root)
    except PermissionError as error:
        faults.append(_unreadable_fault(error.filename))


def _unreadable_fault(path):
    user = os.path.basename(os.path.expanduser("~"))
    return f"undercloud: {path}: this user cannot read it: sudo chown {user} {path}"


def _outermost(parts):
    """Without parts that are in another one: an environment file below ~/overcloud-deploy/<stack>."""
    return {
        name: path
        for name, path in parts.items()
        if not any(path.startswith(f"{outer}/") for outer in parts.values())
    }


def _pack(parts, output):
    before = {path: _version(status) for name, root in parts.items() for _, path, status in _walk(name, root)}
    entries = {}
    for name, root in parts.items():
        for inner, path, status in _walk(name, root):
            entries[inner] = _add(inner, path, status, output)
    text = json.dumps({"entries": entries}, sort_keys=True).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mtime, info.mode = len(text), int(time.time()), 0o600
    output.write(info.tobuf(tarfile.PAX_FORMAT) + text + _padding(len(text)))
    output.flush()
    after = {path: _version(status) for name, root in parts.items() for _, path, status in _walk(name, root)}
    changed = sorted(path for path in {**before, **after} if before.get(path) != after.get(path))
    _refuse(
        [
            f"undercloud: {path}: changed while the backup read it: run the backup again"
            for path in changed[:5]
        ]
        or _held(parts)
    )


def _version(status):
    """What changes with the content of an entry."""
    is_folder = stat.S_ISDIR(status.st_mode)
    return (status.st_mode, status.st_ino) + (() if is_folder else (status.st_size, status.st_mtime_ns))


def _add(name, path, status, output):
    """Writes an entry of the tar; gives its entry of the manifest."""
    info = tarfile.TarInfo(name)
    info.mode, info.mtime = stat.S_IMODE(status.st_mode) & 0o777, int(status.st_mtime)
    if stat.S_ISDIR(status.st_mode):
        info.type = tarfile.DIRTYPE
        output.write(info.tobuf(tarfile.PAX_FORMAT))
        return {}
    if stat.S_ISLNK(status.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(path)
        output.write(info.tobuf(tarfile.PAX_FORMAT))
        return {"link": info.linkname}
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        info.size = left = os.fstat(file.fileno()).st_size
        output.write(info.tobuf(tarfile.PAX_FORMAT))
        while left:
            # A file that has become shorter is noticed at the end, and until then filled up.
            block = file.read(min(left, 1 << 20)) or bytes(min(left, 1 << 20))
            left -= len(block)
            digest.update(block)
            output.write(block)
    output.write(_padding(info.size))
    return {"sha256": digest.hexdigest()}


def _padding(size):
    return bytes(-size % _BLOCK)


def _compare(name, path, entries):
    """
    {state}: `absent`, the part can be written; `equal`, all that the backup has of it stands; `differs`, with
    `paths`, the first that differ, and their `count`; `refused`, with `why`.
    """
    if not os.path.lexists(path) or (os.path.isdir(path) and not os.listdir(path)):
        above = _existing(os.path.dirname(path))
        if not os.access(above, os.W_OK | os.X_OK):
            return {"state": "refused", "why": f"{path}: this user cannot write into {above}"}
        return {"state": "absent"}
    wanted = {
        inner: entry for inner, entry in entries.items() if inner == name or inner.startswith(f"{name}/")
    }
    different = [
        path + inner[len(name) :]
        for inner, entry in sorted(wanted.items())
        if _entry(path + inner[len(name) :]) != entry
    ]
    if different:
        return {"state": "differs", "paths": different[:3], "count": len(different)}
    return {"state": "equal"}


def _existing(folder):
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def _entry(path):
    """The entry of the manifest for what is at a path; None: nothing, or what this user cannot read."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            return {"link": os.readlink(path)}
        if stat.S_ISDIR(mode):
            return {}
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
        return {"sha256": digest.hexdigest()}
    except OSError:
        return None


def _unpack(parts, source):
    drafts = {name: f"{path}.dcn-restore" for name, path in parts.items()}
    with _alone():
        try:
            _discard(drafts)
            _extract(drafts, source)
            os.sync()
            for name, draft in drafts.items():
                # rename(2) replaces an empty folder, and refuses one with content.
                if os.path.lexists(parts[name]) and not os.path.isdir(parts[name]):
                    raise Refused(f"undercloud: {parts[name]}: appeared meanwhile: run the restore again")
                os.rename(draft, parts[name])
        finally:
            _discard(drafts)


@contextlib.contextmanager
def _alone():
    """
    Lets one restore at a time write here, by a lock as those of jobs/locks.py.

    Raises:
        Refused: another restore has it.
    """
    path = os.path.join(os.path.expanduser("~"), "dcn", "locks", "restore")
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"undercloud: another restore holds {path}: wait until it has ended") from None
        file.truncate(0)
        json.dump({"holder": "restore", "since": datetime.now(timezone.utc).isoformat()}, file)
        file.flush()
        yield
        file.truncate(0)


def _discard(drafts):
    """Removes drafts, also those of killed processes."""
    for draft in drafts.values():
        if os.path.isdir(draft) and not os.path.islink(draft):
            shutil.rmtree(draft)
        elif os.path.lexists(draft):
            os.remove(draft)


def _extract(drafts, source):
    """Writes the entries of the parts into their drafts. Raises TarError for an archive that is cut."""
    modes = []
    is_whole = False
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for member in archive:
            if member.name == END:
                is_whole = True
                continue
            target = _target(drafts, member.name)
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            if member.isdir():
                os.makedirs(target, mode=0o700, exist_ok=True)
                modes.append((target, member.mode))
            elif member.issym():
                os.symlink(member.linkname, target)
            elif member.isreg():
                _write(archive.extractfile(member), target, member)
            else:
                raise tarfile.TarError(f"{member.name}: is no file, folder or link")
    if not is_whole:
        raise tarfile.TarError("the connection ended before the archive")
    # A folder that its owner may not write into would stop the entries below it.
    for target, mode in reversed(modes):
        os.chmod(target, mode & 0o777)


def _target(drafts, name):
    """The path for an entry: below the draft of its part, and never through a link."""
    part = next((part for part in drafts if name == part or name.startswith(f"{part}/")), None)
    if part is None or ".." in name.split("/"):
        raise tarfile.TarError(f"{name}: is in no part of this restore")
    target = drafts[part] + name[len(part) :]
    draft, above = drafts[part], os.path.dirname(target)
    real = os.path.join(os.path.realpath(os.path.dirname(draft)), os.path.basename(draft))
    if name != part and os.path.realpath(above) != real + above[len(draft) :]:
        raise tarfile.TarError(f"{name}: is below a link")
    return target


def _write(content, target, member):
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    os.chmod(target, member.mode & 0o777)
    # TripleO finds the newest dump of Heat's database by its time (tripleoclient heat_launcher.py).
    os.utime(target, (member.mtime, member.mtime))


def _run():
    try:
        main(sys.argv[1])
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, tarfile.TarError, EOFError) as error:
        name = getattr(error, "filename", None)
        reason = getattr(error, "strerror", None) or error
        print(f"undercloud: {name + ': ' if name else ''}{reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_run())

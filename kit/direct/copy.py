"""
Copies images block by block from one Ceph cluster to others. The undercloud is in the middle: one program
reads the image at its source, once for all stores; one at each store writes what that store lacks.
"""

import contextlib
import json
import os
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import NamedTuple, Optional

import registry
from cloud.imageinfo import sha512, stores_of
from direct import lists
from direct.locations import Locations
from direct.needs import Needs, frames
from direct.onnode import wire
from direct.pace import Pace
from direct.session import Session, Watch, raise_file_limit
from direct.spool import Spool, check_room
from direct.target import Target
from errors import KitError, refuse
from jobs import locks
from output import say
from parallel import each
from stores import copies, parts
from stores.progress import Progress

_TURN_SECONDS = 1
"""Between two looks for a free turn."""
_LATE_SECONDS = 20
"""For how long stores may hold up the others before they say what they have, if none says so meanwhile."""
_MOST_NAMES = 10
"""Stores that a line of progress names."""


class Limits(NamedTuple):
    """Limits of a call: bytes per second to each store and to all together, and images at a time."""

    each_store: Optional[float] = None
    in_all: Optional[float] = None
    at_once: int = copies.AT_ONCE


def copy_one(lab, glance, image, stores, limits, seen, progress, deadline):
    """
    Copies an image to the stores that lack it, as copies.copy_one does by Glance. Looks for the internal
    glance-api only if a store lacks the image. Of all calls of this function for the lab, AT_ONCE copy at a
    time.

    Args:
        limits: Limits.
        seen: Seen, from before the image was uploaded or from after that.
        progress, deadline: as in copies.copy_one.

    Raises:
        Refused: as of Direct.faults.
        KitError: a line for each store that failed; what it has got stays for the next call.
    """
    image = glance.image(image["id"])
    if set(stores) <= set(stores_of(image)):
        parts.drop_left(lab, image, stores)
        return
    with _turn(lab, image, progress, deadline):
        # Another process may have copied it meanwhile.
        image = glance.image(image["id"])
        direct = Direct(lab, glance, registry.known(lab), limits, seen)
        refuse(direct.faults([image], stores))
        seen.sweep(direct.entries, stores)
        sent = ImageCopy(direct, image, stores, progress, deadline).run()["sentBytes"]
    # Empty: another process has copied the image meanwhile.
    texts = [f"{store} ({count >> 20} MiB sent)" for store, count in sorted(sent.items())]
    if texts:
        say(f"image {image['name']}: was copied directly to {', '.join(texts)}")


@contextlib.contextmanager
def _turn(lab, image, progress, deadline):
    """
    Waits for one of AT_ONCE turns, because `up` calls the kit for every image of the lab file at the same
    time, and until no other process copies the image directly. Holds no turn while it waits for that.
    """
    turns = [locks.Lock(os.path.join(lab.images, "turns", str(number))) for number in range(copies.AT_ONCE)]
    while True:
        turn = next((one for one in turns if one.acquire(image["name"], wait=False)), None)
        reason = f"{copies.AT_ONCE} other images are being copied directly"
        if turn:
            try:
                with parts.alone_if_free(lab, image) as is_free:
                    if is_free:
                        yield
                        return
            finally:
                turn.remove()
            reason = "another process copies it directly"
        progress.set(image["name"], f"waits: {reason}")
        if time.monotonic() > deadline:
            raise KitError(
                f"image {image['name']} ({image['id']}): not copied in time: {reason}; run this again"
            )
        progress.pause(_TURN_SECONDS)


class Direct:
    """
    The copies of one call.

    Args:
        entries: the entries of all stores that are on record, by id.
        limits: Limits.
        seen: Seen.
    """

    def __init__(self, lab, glance, entries, limits, seen):
        self.lab = lab
        self.glance = glance
        self.entries = entries
        self.seen = seen
        self.known = lists.Known(lab)
        self.locations = Locations(lab, glance)
        self.in_all = Pace(limits.in_all)
        self.paces = {store: Pace(limits.each_store) for store in entries}
        self._at_once = limits.at_once
        raise_file_limit()

    def copy(self, images, stores):
        """
        Copies images to the stores that lack them.

        Returns:
            [{image, id, stores, sentBytes}]. sentBytes: over the network, by store.

        Raises:
            Refused: as of `faults`; nothing was sent.
            KitError: one line for each copy that failed; what it has got stays for the next call.
        """
        refuse(self.faults(images, stores))
        self.seen.sweep(self.entries, stores)
        return self._each(images, stores, lambda copy: copy.run_alone())

    def plan(self, images, stores):
        """
        What `copy` would send: [{image, id, store, sizeBytes, zeroBytes, thereBytes, toSendBytes}], before
        compression. thereBytes: in an unfinished copy, or in other images at the store. Changes nothing.
        Raises as `copy`.
        """
        refuse(self.faults(images, stores))
        rows = self._each(images, stores, lambda copy: copy.plan())
        return [row for found in rows for row in found]

    def faults(self, images, stores):
        """A line for each reason why Glance would not list the copies of images at stores."""
        wanted = [(f"{image['name']} ({image['id']})", stores_of(image), stores) for image in images]
        return self.locations.faults(images[0]) or self.locations.quota.faults(wanted)

    def _each(self, images, stores, work):
        with copies.glance_stays_up(self.lab), Progress() as progress:
            deadline = time.monotonic() + copies.LIMIT_MINUTES * 60
            return each(
                images,
                lambda image: work(ImageCopy(self, image, stores, progress, deadline)),
                self._at_once,
                cancelled=progress.cancelled,
            )


class ImageCopy:
    """
    The copies of one image.

    Args:
        direct: Direct.
        progress, deadline: as in copies.copy_one.
    """

    def __init__(self, direct, image, stores, progress, deadline):
        self._direct = direct
        self._image = image
        self._stores = stores
        self._progress = progress
        self._deadline = deadline
        self._sessions = []
        self._sums = {}

    def run_alone(self):
        """As `run`, when no other process copies the image directly any more."""
        with parts.alone(self._direct.lab, self._image):
            return self.run()

    def run(self):
        """Copies the image, which the caller has alone. Returns its row of `Direct.copy`."""
        image_id, sent, stale = self._image["id"], {}, set()
        failed = {}
        with self._watched():
            try:
                targets = self._begin(stale)
                while targets:
                    self._transfer(targets)
                    for target in targets:
                        sent[target.store] = sent.get(target.store, 0) + target.sent
                        stale |= target.stale
                    failed.update((target.store, target.fault) for target in targets if target.fault)
                    for other in stale:
                        lists.forget(self._direct.lab, other)
                    targets = self._begin(stale, failed)
            finally:
                self._progress.set(self._image["name"], "")
        found = self._direct.glance.image(image_id)
        parts.clear_listed(self._direct.lab, found, self._stores)
        if failed:
            raise KitError("\n".join(failed[store] for store in self._stores if store in failed))
        return {
            "image": self._image["name"],
            "id": image_id,
            "stores": sorted(stores_of(found)),
            "sentBytes": sent,
        }

    def plan(self):
        """The image's rows of `Direct.plan`."""
        with self._watched():
            targets = self._begin(set(), waits=True)
            digests = lists.read(self._direct.lab, self._image["id"])
            if digests is not None:
                frames(0, lists.split(digests), _needs(targets))
            elif _needs(targets):
                self._read(targets, None)
            self._raise_faults(targets)
            self._progress.set(self._image["name"], "")
            for target in targets:
                target.end()
        return [target.row() for target in targets]

    def _begin(self, stale, failed=(), waits=False):
        """
        The stores that lack the image, with what each has of it already.

        Args:
            failed: stores to leave out.
            waits: for all stores. Otherwise stores that are late are left out, if others can go on.
        """
        image = self._direct.glance.image(self._image["id"])
        without = {*stores_of(image), *failed}
        stores = [store for store in dict.fromkeys(self._stores) if store not in without]
        targets = [Target(self._direct, image, store) for store in stores]
        if targets:
            names = ", ".join(stores) if len(stores) <= _MOST_NAMES else f"{len(stores)} stores"
            self._progress.set(image["name"], f"asks {names} what they have of it")
        with ThreadPoolExecutor(max(1, len(targets))) as pool:
            begun = [pool.submit(target.begin, self._open, stale) for target in targets]
            _wait(begun, None if waits else _LATE_SECONDS)
            late = [target for target in targets if target.is_silent]
            if any(target.has_answered for target in targets):
                targets = [target for target in targets if target not in late]
                for target in late:
                    target.give_up()
        for one in begun:
            one.result()
        shared = {}
        for target in targets:
            if target.has is not None:
                target.needs = shared.setdefault(target.has, Needs(image["size"], *target.has))
                # Stores that share their needs hold equal lists of blocks.
                target.has = None
        return targets

    def _transfer(self, targets):
        if all(target.fault for target in targets):
            return
        for target in targets:
            parts.begin(self._direct.lab, target.store, self._image["id"])

        def deliver(target):
            target.deliver(spool, self._sums, self._add)

        def doing():
            return [target.progress(spool) for target in targets if not (target.done or target.fault)]

        with Spool(self._direct.lab.images) as spool, ThreadPoolExecutor(len(targets)) as pool:
            self._progress.set(self._image["name"], doing)
            deliveries = [pool.submit(deliver, target) for target in targets]
            fault = "the image was not read to its end"
            try:
                self._read(targets, spool)
                fault = None
            except (KitError, OSError) as error:
                fault = str(error)
            finally:
                spool.end(fault)
            for delivery in deliveries:
                delivery.result()
        self._direct.locations.finish(self._image)

    def _read(self, targets, spool):
        """
        Reads the image at its source, and puts what the stores need into the spool.

        Args:
            spool: None: to find out what the stores need.
        """
        image, lab = self._image, self._direct.lab
        store = self._source()
        entry = self._direct.entries[store]
        codec = min((target.codec for target in targets if not target.fault), key=wire.CODECS.index)
        name = f"{parts.pool(entry)}/{image['id']}@snap"
        reader = self._open(entry, "reader.py", {"image": name, "codec": codec})
        with reader.reading(image["size"], "say how much of the image is in use"):
            used = reader.json(wire.SEEN)["usedBytes"]
        if spool:
            check_room(lab.images, used)
        read, asked, start = [], [], 0
        while True:
            with reader.going_on("send more of the image"):
                kind, content = reader.receive()
            if kind == wire.DIGESTS:
                needs = _needs(targets)
                if all(target.fault for target in targets):
                    raise KitError("no store is left that takes it")
                digests = lists.split(content)
                wanted = frames(start, digests, needs)
                start += len(digests)
                read.append(content)
                if spool is None:
                    wanted = []
                share = min(1.0, start * wire.BLOCK / image["size"])
                asked += [(stores, share) for _, stores in wanted]
                words = [number for indexes, _ in wanted for number in (len(indexes), *indexes)]
                reader.send(wire.WANTED, wire.numbers(words))
            elif kind == wire.FRAME:
                stores, share = asked.pop(0)
                spool.add(content, stores, share)
            else:
                break
        self._check_sum(store, json.loads(content)["sha512"])
        lists.keep(lab, image["id"], b"".join(read))

    def _check_sum(self, store, found):
        """Notes the sha512 that the copies must have."""
        image = self._image
        expected = sha512(image)
        if expected is None:
            say(f"image {image['name']} ({image['id']}): Glance has no sha512 of it; compares with {store}")
        elif found != expected:
            raise KitError(
                f"at {store} its data has sha512 {found}, Glance says {expected}; find a copy that is right "
                "(`kit images verify`), and remove this one"
            )
        self._sums["sha512"] = found

    def _source(self):
        """The store to read from: the control plane's own if it has the image, else another one."""
        own = copies.own_store(self._direct.lab)["store"]
        held = [store for store in stores_of(self._image) if store in self._direct.entries]
        if not held:
            raise KitError(f"image {self._image['name']} ({self._image['id']}): no store on record has it")
        return own if own in held else held[0]

    def _add(self, store, url):
        self._direct.locations.add(self._image, store, url, self._progress, self._deadline)

    def _open(self, entry, program, request):
        session = Session(self._direct.lab, entry, program, request)
        self._sessions.append(session)
        return session

    def _watched(self):
        return Watch(self._progress.cancelled, self._deadline, self._sessions)

    def _raise_faults(self, targets):
        faults = [target.fault for target in targets if target.fault]
        if faults:
            raise KitError("\n".join(faults))


def _wait(begun, seconds):
    """
    Waits for the answers of stores, at most `seconds` for the next one: a busy undercloud starts a hundred
    programs one after the other.
    """
    more = True
    while more and begun:
        more, begun = wait(begun, seconds, FIRST_COMPLETED)


def _needs(targets):
    """What the stores need that get blocks: Needs -> stores."""
    found = {}
    for target in targets:
        if target.needs and not target.fault:
            found.setdefault(target.needs, set()).add(target.store)
    return found

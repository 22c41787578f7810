"""One store that gets an image by the direct way."""

import json
import time

from ceph import rbd
from cloud.keystone import CloudError
from direct.onnode import wire
from errors import KitError
from stores import parts
from stores.progress import Transfer

_ANSWER_SECONDS = 90
"""For how long a site may be silent before it says what it has."""


class Target:
    """
    A store that gets an image. `fault`: why it does not; None so far.

    Args:
        direct: copy.Direct.
        image: the image, as from Glance.
        store: the store's id.
    """

    def __init__(self, direct, image, store):
        self.store = store
        self.needs = None
        """What the store needs; None if it has the whole copy, or does not answer. copy.py shares it."""
        self.has = None
        """What the store has: digests of its unfinished copy, and Elsewhere; None once `needs` is there."""
        self.fault = None
        self.codec = None
        self.is_whole = False
        self.is_doubtful = False
        """Whether the store has a whole copy that has yet to show the expected sha512."""
        self.stage = ""
        """What is under way after all was sent, for people; '' before."""
        self.done = False
        self.sent = 0
        self.stale = set()
        """Ids of images at the store whose blocks are not those on record."""
        self._direct = direct
        self._image = image
        self._entry = direct.entries[store]
        self._session = None

    def begin(self, open_session, stale):
        """Starts the program at the store and asks what is there. stale: images whose lists are not used."""
        image = self._image
        try:
            request = {
                "pool": parts.pool(self._entry),
                "id": image["id"],
                "part": parts.name(image["id"]),
                "size": image["size"],
            }
            self._session = open_session(self._entry, "writer.py", request)
            with self._session.within(_ANSWER_SECONDS, "say what it has of the image"):
                seen = self._session.json(wire.SEEN)
            self.codec = seen["codecs"][-1]
            self.is_whole = seen["state"] == "whole"
            if not self.is_whole:
                has = b"".join(self._unfinished() if seen["state"] == "part" else [])
                known = self._direct.known
                elsewhere = known.elsewhere(self._direct.seen.held(self.store, known.ids) - stale)
                self.has = has, elsewhere
        except KitError as error:
            self.fail(error)

    def deliver(self, spool, sums, add):
        """
        Sends the frames of the spool and all that follows, until Glance lists the copy.

        Args:
            sums: has the image's `sha512` when the spool has ended.
            add: gets the store and the URL of the copy, and makes it known to Glance.
        """
        if self.fault:
            return
        try:
            for piece, is_last in spool.frames(self.store):
                time.sleep(self._pauses(len(piece)))
                with self._taking():
                    self._session.send(wire.FRAME if is_last else wire.PIECE, piece)
                self.sent += len(piece)
            self._take_local()
            if self.stale:
                # Its blocks are in the cluster before the next program writes there.
                with self._taking():
                    self._session.end()
            else:
                self._finish(sums["sha512"], add)
        except KitError as error:
            self.fail(error)
        self.done = True

    @property
    def has_answered(self):
        """Whether the site has begun to say what it has."""
        return self.codec is not None

    @property
    def is_silent(self):
        """Whether the site has neither answered nor failed."""
        return not (self.has_answered or self.fault)

    def give_up(self):
        """Ends the program that has not answered."""
        if self._session:
            self._session.kill()

    def end(self):
        """Ends the program, which has changed nothing."""
        if not self.fault:
            self._session.end()

    def row(self):
        """The store's row of `Direct.plan`."""
        image, needs = self._image, self.needs
        size = image["size"]
        return {
            "image": image["name"],
            "id": image["id"],
            "store": self.store,
            "sizeBytes": size,
            "zeroBytes": needs.zero if needs else 0,
            "thereBytes": needs.unfinished + needs.other_images if needs else size,
            "toSendBytes": needs.to_send if needs else 0,
        }

    def _pauses(self, count):
        return max(self._direct.paces[self.store].delay(count), self._direct.in_all.delay(count))

    def progress(self, spool):
        """What is under way, as Progress.set takes it: one text or Transfer."""
        if self.stage:
            return f"{self.store} {self.stage}"
        total, is_sure = spool.total(self.store)
        there = self.needs.unfinished + self.needs.other_images if self.needs else 0
        return Transfer(
            f"{self._image['name']} directly to {self.store}",
            self.sent,
            max(total, self.sent),
            is_sure,
            f"{there >> 20} MiB were there" if there >> 20 else "",
        )

    def _unfinished(self):
        """The digests of the unfinished copy at the store, piece by piece."""
        more = True
        while more:
            with self._session.going_on("read more of its unfinished copy"):
                more = self._session.answer(wire.DIGESTS)
            yield more

    def _take_local(self):
        for image_id, entries in self.needs.local.items() if self.needs else ():
            mebibytes = len(entries) // wire.LOCAL_ENTRY.size * wire.BLOCK >> 20
            self.stage = f"takes {mebibytes} MiB of other images"
            with self._reading(f"image {image_id}"):
                self._session.send(wire.LOCAL, image_id.encode() + entries)
                missing = self._session.answer(wire.MISSING)
            if missing:
                self.stale.add(image_id)

    def _taking(self):
        """A context in which the program takes what is sent."""
        return self._session.going_on("take what was sent")

    def _reading(self, what):
        """A context in which the program reads an image in its cluster."""
        return self._session.reading(self._image["size"], f"read {what}")

    def _finish(self, expected, add):
        image_id = self._image["id"]
        self.stage = "reads its copy back"
        self.is_doubtful = self.is_whole
        with self._reading("its copy back"):
            self._session.send(wire.FINISH, json.dumps({"sha512": expected}).encode())
            result = self._session.json(wire.RESULT)
        if result["sha512"] != expected:
            wrong = f"its data there has sha512 {result['sha512']} in place of {expected}"
            if self.is_whole:
                raise KitError(wrong)
            parts.end(self._direct.lab, self.store, image_id)
            raise KitError(f"{wrong}, and was removed; check the Ceph cluster of that store")
        self.is_doubtful = False
        with self._session.within(_ANSWER_SECONDS, "give the copy its name"):
            self._session.send(wire.NAME, b"")
            fsid = self._session.json(wire.RESULT)["fsid"]
        self.stage = "tells Glance"
        try:
            add(self.store, f"rbd://{fsid}/{parts.pool(self._entry)}/{image_id}/snap")
        except CloudError as error:
            if error.status == 404:
                rbd.remove_images(self._direct.lab, self._entry, [image_id])
            raise
        parts.end(self._direct.lab, self.store, image_id)

    def fail(self, error):
        """Notes why the store does not get the image."""
        image = self._image
        remedy = "run this again, which goes on where this ended"
        if self.is_doubtful:
            remedy = (
                "the cluster has an image of this id that Glance does not list, as a dead import leaves it: "
                f"remove it there (`./dcn images remove {image['id']} --from {self.store}`), then run this "
                "again"
            )
        self.fault = f"image {image['name']} ({image['id']}): not copied to {self.store}: {error}; {remedy}"

"""Decides block by block what a copy of an image needs at a store. Pure."""

from direct.lists import Elsewhere
from direct.onnode.wire import BLOCK, FRAME_BLOCKS, LOCAL_ENTRY, ZERO


class Needs:
    """
    What the copy needs at stores that have the same of it; its attributes are bytes before compression.

    Args:
        size: of the image, in bytes.
        has: digests of the blocks of an unfinished copy; empty without one.
        elsewhere: where other images at the store have blocks: lists.Elsewhere.
    """

    def __init__(self, size, has=b"", elsewhere=None):
        self._size = size
        self._has = has
        self._elsewhere = elsewhere or Elsewhere()
        self.zero = 0
        self.unfinished = 0
        self.other_images = 0
        self.to_send = 0
        self.local = {}
        """Blocks to take from other images: image id -> LOCAL_ENTRY after LOCAL_ENTRY."""

    def must_send(self, index, digest):
        """Whether a block must be sent. Called once for each block of the image."""
        length = min(BLOCK, self._size - index * BLOCK)
        start = index * len(digest)
        if self._has[start : start + len(digest)] == digest:
            self.unfinished += length if digest != ZERO else 0
        elif digest != ZERO:
            found = self._elsewhere.find(digest)
            if found is None:
                self.to_send += length
                return True
            self.other_images += length
            self.local.setdefault(found[0], bytearray()).extend(LOCAL_ENTRY.pack(found[1], index, digest))
        if digest == ZERO:
            self.zero += length
        return False


def frames(start, digests, needs):
    """
    The frames to send of a window of an image. The blocks of a frame go to the same stores, so no store gets
    a block that it does not need.

    Args:
        start: number of the window's first block.
        digests: of its blocks.
        needs: Needs -> the stores that have them.

    Returns:
        [(numbers of blocks, stores)].
    """
    found = {}
    for index, digest in enumerate(digests, start):
        having = frozenset(need for need in needs if need.must_send(index, digest))
        if having:
            found.setdefault(having, []).append(index)
    return [
        (indexes[place : place + FRAME_BLOCKS], frozenset().union(*(needs[need] for need in having)))
        for having, indexes in found.items()
        for place in range(0, len(indexes), FRAME_BLOCKS)
    ]

"""Decides block by block what a copy of an image needs at a store. Pure."""

from direct.onnode.wire import BLOCK, FRAME_BLOCKS, ZERO


class Needs:
    """
    What the copy needs at one store; its attributes are bytes before compression.

    Args:
        size: of the image, in bytes.
        has: digests of the blocks of an unfinished copy; empty without one.
        elsewhere: where other images at the store have blocks: digest -> (image id, number there).
    """

    def __init__(self, size, has=b"", elsewhere=None):
        self._size = size
        self._has = has
        self._elsewhere = elsewhere or {}
        self.zero = 0
        self.unfinished = 0
        self.other_images = 0
        self.to_send = 0
        self.local = {}
        """Blocks to take from other images: image id -> [(number there, number here, digest)]."""

    def must_send(self, index, digest):
        """Whether a block must be sent. Called once for each block of the image."""
        length = min(BLOCK, self._size - index * BLOCK)
        start = index * len(digest)
        if self._has[start : start + len(digest)] == digest:
            self.unfinished += length if digest != ZERO else 0
        elif digest != ZERO:
            found = self._elsewhere.get(digest)
            if found is None:
                self.to_send += length
                return True
            self.other_images += length
            self.local.setdefault(found[0], []).append((found[1], index, digest))
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
        needs: store -> Needs.

    Returns:
        [(numbers of blocks, stores)].
    """
    found = {}
    for index, digest in enumerate(digests, start):
        stores = frozenset(store for store, need in needs.items() if need.must_send(index, digest))
        if stores:
            found.setdefault(stores, []).append(index)
    return [
        (indexes[place : place + FRAME_BLOCKS], stores)
        for stores, indexes in found.items()
        for place in range(0, len(indexes), FRAME_BLOCKS)
    ]

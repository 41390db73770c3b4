"""Change many leaves of the authenticated map at once, touching each page once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from muniment.core.map_pages import (
    BLANK_PAGE,
    CHILD,
    FEW_AT,
    INLINE,
    LEAF_BYTES,
    LEAVES_AT,
    SLOT,
    SLOTS,
    TOP,
    PageReader,
    checked_page,
    fold_slot,
    fold_slots,
    inline_before,
    leaf_node,
    leaves_node,
    nibbles,
    page_path,
    root,
    split_leaves,
)


def update(read: PageReader, changes: Mapping[bytes, bytes | None]) -> tuple[bytes, dict[bytes, bytes | None]]:
    """Apply changes and return the new root and the pages that differ (None: to be deleted).

    Args:
        read: The pages before.
        changes: Value hash by key hash, 32 bytes each; None makes the key absent. Order does not matter.
    """
    batch = _Batch(read, changes)
    return batch.root(), batch.pages


class _Batch:
    """One batch of changes on its way through the pages, sorted by key hash."""

    def __init__(self, read: PageReader, changes: Mapping[bytes, bytes | None]) -> None:
        self._read = read
        self._keys = sorted(changes)
        self._values = [changes[key] for key in self._keys]
        self._ways = [nibbles(key) for key in self._keys]
        self.pages: dict[bytes, bytes | None] = {}

    def root(self) -> bytes:
        """Apply every change and return the root."""
        return self._page(0, 0, len(self._keys))[0] if self._keys else root(self._read)

    def _page(self, height: int, begin: int, end: int) -> tuple[bytes, bytes | None]:
        """Apply the changes `[begin, end)` to the page at `height` on their common way.

        Returns:
            The node at the top, and the leaves if they are so few that the page goes and its parent holds them.
        """
        if end - begin == 1 and height and self._values[begin] is not None:
            return self._put(height, begin), None
        path = page_path(self._ways[begin], height)
        before = self._read(path)
        page = bytearray(BLANK_PAGE if before is None and not height else checked_page(before, path))
        self._change_slots(page, height, begin, end)
        after = bytes(page)
        if len(after) <= (FEW_AT if height else LEAVES_AT) and CHILD not in after[:SLOTS]:
            if before is not None:
                self.pages[path] = None
            return after[TOP], after[LEAVES_AT:]
        if after != before:
            self.pages[path] = after
        return after[TOP], None

    def _put(self, height: int, index: int) -> bytes:
        """Set one value below the page at `height`, and return that page's top node: the way most changes go."""
        way = self._ways[index]
        trail = []
        while True:
            path = page_path(way, height)
            before = checked_page(self._read(path), path)
            trail.append((path, before, way[height]))
            if before[way[height]] != CHILD:
                break
            height += 1
        path, before, slot = trail[-1]
        page = bytearray(before)
        node = self._change_leaves(page, slot, height, index, index + 1)
        if node == before[SLOT[slot]]:
            return trail[0][1][TOP]
        node = self._finish(page, path, slot, node)
        for path, before, slot in trail[-2::-1]:
            node = self._finish(bytearray(before), path, slot, node)
        return node

    def _finish(self, page: bytearray, path: bytes, slot: int, node: bytes) -> bytes:
        """Put a node into a slot of a page, and keep the page."""
        page[SLOT[slot]] = node
        fold_slot(page, slot)
        self.pages[path] = after = bytes(page)
        return after[TOP]

    def _change_slots(self, page: bytearray, height: int, begin: int, end: int) -> None:
        """Apply changes that may concern several slots of a page."""
        ways = self._ways
        changed = []
        while begin < end:
            slot = ways[begin][height]
            stop = begin + 1
            while stop < end and ways[stop][height] == slot:
                stop += 1
            if page[slot] == CHILD:
                node, few = self._page(height + 1, begin, stop)
                if few is not None:
                    _take_in(page, slot, few)
            else:
                node = self._change_leaves(page, slot, height, begin, stop)
            page[SLOT[slot]] = node
            changed.append(slot)
            begin = stop
        fold_slots(page, changed)

    def _change_leaves(self, page: bytearray, slot: int, height: int, begin: int, end: int) -> bytes:
        """Change the leaves that a slot holds within the page; too many of them move to a page of their own."""
        at = inline_before(page, slot)
        stop = at + LEAF_BYTES * page[slot]
        leaves = split_leaves(bytes(page[at:stop]))
        for index in range(begin, end):
            _set_leaf(leaves, self._keys[index], self._values[index])
        if len(leaves) > INLINE:
            page[at:stop] = b""
            page[slot] = CHILD
            return build_page(self.pages, leaves, height + 1)
        page[at:stop] = b"".join(leaves)
        page[slot] = len(leaves)
        return leaf_node(leaves[0]) if len(leaves) == 1 else leaves_node(leaves, 4 * (height + 1))


def _set_leaf(leaves: list[bytes], key: bytes, value: bytes | None) -> None:
    """Set or take away one of some sorted leaves."""
    place = bisect_left(leaves, key)
    if place < len(leaves) and leaves[place].startswith(key):
        del leaves[place]
    if value is not None:
        leaves.insert(place, key + value)


def _take_in(page: bytearray, slot: int, leaves: bytes) -> None:
    """Let a slot hold the leaves of a page that has gone."""
    page[slot] = 0
    at = inline_before(page, slot)
    page[at:at] = leaves
    page[slot] = len(leaves) // LEAF_BYTES


def build_page(pages: dict[bytes, bytes | None], leaves: Sequence[bytes], height: int) -> bytes:
    """Write the pages of a subtree of more than `INLINE` sorted leaves, and return its node."""
    counts = bytearray(SLOTS)
    nodes = []
    inline: list[bytes] = []
    for slot, group in enumerate(_by_slot(leaves, height)):
        if len(group) > INLINE:
            counts[slot] = CHILD
            nodes.append(build_page(pages, group, height + 1))
        else:
            counts[slot] = len(group)
            nodes.append(leaves_node(group, 4 * (height + 1)))
            inline += group
    page = bytearray(b"".join((counts, bytes(15 * 32), *nodes, *inline)))
    fold_slots(page, range(SLOTS))
    pages[page_path(nibbles(leaves[0][:32]), height)] = bytes(page)
    return bytes(page[TOP])


def _by_slot(leaves: Sequence[bytes], height: int) -> list[list[bytes]]:
    """Divide leaves by the nibble of their key hash at `height`."""
    groups: list[list[bytes]] = [[] for _ in range(SLOTS)]
    at, shift = height >> 1, 0 if height & 1 else 4
    for leaf in leaves:
        groups[leaf[at] >> shift & 15].append(leaf)
    return groups

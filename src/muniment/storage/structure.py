"""Check the whole structure of an LMDB data file: every page is used once, and every tree is in order."""

from __future__ import annotations

import struct
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from muniment.storage.datafile import DataFile, Meta, Node, Place, StructureDamaged, Tree

_NO_PAGE = (1 << 64) - 1
_BIG = 1


#: Files up to this size are checked whole whenever they are opened for writing: it takes less than 0.1 s.
SMALL_BYTES = 32 << 20


def check_at_opening(path: Path) -> None:
    """Check the structure of a data file that nobody else writes: of a large one only where it begins.

    Raises:
        StructureDamaged: the file is not one that LMDB could have written.
    """
    file = DataFile(path)
    try:
        newest = file.newest()
        if file.size <= SMALL_BYTES:
            check_structure(file, newest)
    finally:
        file.close()


def check_structure(file: DataFile, meta: Meta) -> dict[bytes, Tree]:
    """Walk everything that `meta` leads to, and return the description of every named table.

    Raises:
        StructureDamaged: a page is missing, used twice or lost, a key is out of order, or a count is wrong.
    """
    walk = _Walk(file, meta)
    walk.tree(meta.main, "the list of tables")
    tables = file.tables(meta)
    for name, tree in tables.items():
        walk.tree(tree, f"table {name.decode('ascii', 'replace')}")
    walk.free_list()
    walk.check_all_pages_used()
    return tables


class _Walk:
    """One walk over all pages that a meta page leads to."""

    def __init__(self, file: DataFile, meta: Meta) -> None:
        self._file = file
        self._meta = meta
        self._used = bytearray(meta.last_page + 1)
        self._used[:2] = b"\1\1"

    def tree(self, tree: Tree, what: str, *, numbers: bool = False) -> None:
        """Check one tree."""
        counted: Counter[str] = Counter()
        if tree.root != _NO_PAGE:
            self._subtree(tree, tree.root, 1, (b"", None), counted, numbers=numbers)
        found = (counted["branch"], counted["leaf"], counted["overflow"], counted["entries"])
        if found != (tree.branch_pages, tree.leaf_pages, tree.overflow_pages, tree.entries):
            raise StructureDamaged(tree.at, tree.at + 48, f"{what} does not have the pages and entries it says")

    def free_list(self) -> None:
        """Check that the pages that may be written over are used by nobody."""
        self.tree(self._meta.free, "the free list", numbers=True)
        for node in self._file.records(self._meta.free, self._meta):
            place = self._file.data(node, self._meta)
            count, *pages = _numbers(self._file, place)
            if count != len(pages) or any(a <= b for a, b in pairwise(pages)):
                raise StructureDamaged(place.start, place.end, "a list of free pages is not in order")
            for page in pages:
                self._use(page, 1, place)

    def check_all_pages_used(self) -> None:
        """Refuse pages that neither hold something nor are free."""
        lost = self._used.find(0)
        if lost >= 0:
            at = lost * self._file.page_bytes
            raise StructureDamaged(at, at + self._file.page_bytes, f"page {lost} is neither used nor free")

    def _subtree(
        self,
        tree: Tree,
        number: int,
        depth: int,
        bounds: tuple[bytes, bytes | None],
        counted: Counter[str],
        *,
        numbers: bool,
    ) -> None:
        file = self._file
        leaf, nodes = file.nodes(number, self._meta)
        page = Place(number * file.page_bytes, (number + 1) * file.page_bytes)
        self._use(number, 1, page)
        if leaf != (depth == tree.depth) or not nodes:
            raise StructureDamaged(*page, f"page {number} is at the wrong depth of its tree, or empty")
        keys = [node.key for node in nodes]
        _check_order(keys, bounds, page, leaf=leaf, numbers=numbers)
        counted["leaf" if leaf else "branch"] += 1
        if leaf:
            counted["entries"] += len(nodes)
            for node in nodes:
                if node.flags & _BIG:
                    counted["overflow"] += self._overflow(node)
            return
        low, high = bounds
        ends = [*keys[1:], high]
        for node, begin, end in zip(nodes, [low, *keys[1:]], ends, strict=True):
            self._subtree(tree, node.child, depth + 1, (begin, end), counted, numbers=numbers)

    def _overflow(self, node: Node) -> int:
        place = self._file.data(node, self._meta)
        head = place.start - 16
        kind: int
        pages: int
        kind, pages = struct.unpack("=HI", self._file.read(Place(head + 10, head + 16)))
        if kind != 4 or pages != -(-(place.end - head) // self._file.page_bytes):
            raise StructureDamaged(head, place.start, "the length of a record does not fit its pages")
        self._use(head // self._file.page_bytes, pages, Place(head, place.start))
        return pages

    def _use(self, number: int, pages: int, place: Place) -> None:
        if not 2 <= number <= number + pages - 1 <= self._meta.last_page or any(self._used[number : number + pages]):
            raise StructureDamaged(*place, f"page {number} does not exist or is used twice")
        self._used[number : number + pages] = b"\1" * pages


def _check_order(
    keys: list[bytes], bounds: tuple[bytes, bytes | None], page: Place, *, leaf: bool, numbers: bool
) -> None:
    low, high = bounds
    inner = keys if leaf else keys[1:]
    chain = [*([low] if low else ()), *inner, *([high] if high is not None else ())]
    ranks = [int.from_bytes(key, sys.byteorder) for key in chain] if numbers else chain
    # A leaf's first key may equal the separator that leads to it.
    first_equal = bool(low) and leaf
    for place in range(1, len(ranks)):
        smaller, larger = ranks[place - 1], ranks[place]
        if smaller > larger or (smaller == larger and not (place == 1 and first_equal)):
            raise StructureDamaged(*page, "keys are not in order")


def _numbers(file: DataFile, place: Place) -> list[int]:
    if (place.end - place.start) % 8 or place.end == place.start:
        raise StructureDamaged(place.start, place.end, "a list of free pages has a broken length")
    return list(struct.unpack(f"={(place.end - place.start) // 8}Q", file.read(place)))

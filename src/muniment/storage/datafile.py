"""The data file read without LMDB: where each record stands, and whether the structure can be trusted.

LMDB believes its file: a damaged page can crash the process that follows it. This reader checks every step instead,
so it comes first when a file is suspect, and it knows the position of every byte that LMDB hands out.

Source: LMDB 0.9, mdb.c: MDB_page, MDB_node, MDB_db, MDB_meta.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from muniment.core.errors import Halted

_BRANCH, _LEAF, _OVERFLOW, _META = 1, 2, 4, 8
_BIG, _SUBTREE = 1, 2
_MAGIC, _VERSION = 0xBEEFC0DE, 1
_NO_PAGE = (1 << 64) - 1
#: Page number, a field that is always 0 here, kind of page, end of the node pointers, start of the nodes.
_PAGE = struct.Struct("=QHHHH")
_NODE = struct.Struct("=HHHH")
_TREE = struct.Struct("=IHHQQQQQ")
_META_HEAD = struct.Struct("=IIQQ")
_META_TAIL = struct.Struct("=QQ")
_NUMBER = struct.Struct("=Q")
#: Pages that were taken and given back by one transaction are never written, and may be the last ones.
_UNWRITTEN_PAGES = 1 << 16
_META_BYTES = _PAGE.size + _META_HEAD.size + 2 * _TREE.size + _META_TAIL.size


class StructureDamaged(Halted):
    """The data file is not one that LMDB could have written.

    Attributes:
        start: First byte of what is wrong, in the file.
        end: The byte after it.
        what: What is wrong.
    """

    def __init__(self, start: int, end: int, what: str) -> None:
        self.start = start
        self.end = end
        self.what = what
        super().__init__(
            f"the structure of the store is damaged at bytes {start} to {end}: {what}",
            recover="stop using it and restore a copy",
        )


class Place(NamedTuple):
    """Bytes of the file: the first, and the one after the last."""

    start: int
    end: int


class Tree(NamedTuple):
    """A B+ tree of the file, by the record that describes it."""

    at: int
    flags: int
    depth: int
    branch_pages: int
    leaf_pages: int
    overflow_pages: int
    entries: int
    root: int


class Meta(NamedTuple):
    """One of the two pages that say where everything begins."""

    number: int
    free: Tree
    main: Tree
    last_page: int
    transaction: int


class Node(NamedTuple):
    """A node of a page: its key, and for a leaf where its data stands and whether it is a tree, else its child."""

    at: int
    key: bytes
    flags: int
    data: Place
    child: int


class DataFile:
    """An LMDB data file, open for reading.

    Args:
        path: The file.

    Raises:
        StructureDamaged: its first page is not that of such a file.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.size = file.seek(0, 2)
            if self.size < _META_BYTES:
                raise StructureDamaged(0, self.size, "it is too short")
            # Read piece by piece: a map of the whole file would count as memory of this process.
            self._handle = os.dup(file.fileno())
        # The field of the free tree that other trees leave unused holds the size of a page.
        at = _PAGE.size + _META_HEAD.size
        self.page_bytes = int.from_bytes(self.read(Place(at, at + 4)), sys.byteorder)
        if self.page_bytes not in {1 << bits for bits in range(9, 17)} or self.size < 2 * self.page_bytes:
            self.close()
            raise StructureDamaged(at, at + 4, f"pages of {self.page_bytes} bytes do not exist")

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def read(self, place: Place) -> bytes:
        """Return the bytes that stand there.

        Raises:
            StructureDamaged: the file ends before.
        """
        length = place.end - place.start
        found = os.pread(self._handle, length, place.start)
        if len(found) != length:
            raise StructureDamaged(place.start, place.end, "the file ends within")
        return found

    def metas(self) -> tuple[Meta, Meta]:
        """Return both meta pages, checked against each other."""
        first, second = self._meta(0), self._meta(1)
        for meta in (first, second):
            if meta.transaction and meta.transaction & 1 != meta.number:
                at = meta.number * self.page_bytes + _META_BYTES - 8
                raise StructureDamaged(at, at + 8, f"transaction {meta.transaction} belongs on the other meta page")
        if abs(first.transaction - second.transaction) > 1:
            at = _META_BYTES - 8
            raise StructureDamaged(
                at,
                self.page_bytes + _META_BYTES,
                f"the meta pages are of transactions {first.transaction} and {second.transaction}, not neighbours",
            )
        return first, second

    def newest(self) -> Meta:
        """Return the meta page that counts."""
        first, second = self.metas()
        return second if second.transaction > first.transaction else first

    def meta(self, transaction: int) -> Meta | None:
        """Return the meta page of a transaction, None if it was overwritten since."""
        number = transaction & 1 if transaction else 0
        found = self._meta(number)
        return found if found.transaction == transaction else None

    def page(self, number: int, meta: Meta) -> bytes:
        """Return a page, whose header was checked."""
        start = number * self.page_bytes
        if not 2 <= number <= meta.last_page or start + self.page_bytes > self.size:
            raise StructureDamaged(0, self.size, f"page {number} is referred to and does not exist")
        page = self.read(Place(start, start + self.page_bytes))
        found, unused, kind, _, _ = _PAGE.unpack_from(page)
        if found != number or unused or kind not in (_BRANCH, _LEAF, _OVERFLOW):
            raise StructureDamaged(start, start + _PAGE.size, f"the header of page {number} is not one")
        return page

    def nodes(self, number: int, meta: Meta) -> tuple[bool, list[Node]]:
        """Return whether a page is a leaf, and its nodes, in order."""
        page = self.page(number, meta)
        start = number * self.page_bytes
        _, _, kind, lower, upper = _PAGE.unpack_from(page)
        count = (lower - _PAGE.size) // 2
        if kind == _OVERFLOW or lower & 1 or not _PAGE.size <= lower <= upper <= self.page_bytes:
            raise StructureDamaged(start, start + _PAGE.size, f"the header of page {number} is not that of a tree")
        leaf = kind == _LEAF
        places = struct.unpack_from(f"={count}H", page, _PAGE.size)
        nodes = [self._node(page, start, at, upper, leaf=leaf) for at in places]
        # Nodes begin at even places and fill the page from `upper` to its end.
        if sum([node.data.end - node.at + 1 & ~1 for node in nodes]) != self.page_bytes - upper:
            raise StructureDamaged(start, start + self.page_bytes, f"the nodes of page {number} overlap or leave gaps")
        return leaf, nodes

    def tree(self, place: Place) -> Tree:
        """Return the tree whose description stands there."""
        if place.end - place.start != _TREE.size:
            raise StructureDamaged(place.start, place.end, "the description of a table has another length")
        unused, *fields = _TREE.unpack(self.read(place))
        if unused:
            raise StructureDamaged(place.start, place.start + 4, "the description of a table is not one")
        return Tree(place.start, *fields)

    def records(self, tree: Tree, meta: Meta) -> Iterator[Node]:
        """Yield every record of a tree, in order; follows the structure, does not check it as a whole."""
        waiting = [tree.root] if tree.root != _NO_PAGE else []
        for _ in range(meta.last_page + 1):
            if not waiting:
                return
            leaf, nodes = self.nodes(waiting.pop(), meta)
            if leaf:
                yield from nodes
            else:
                waiting += [node.child for node in reversed(nodes)]

    def find(self, tree: Tree, key: bytes, meta: Meta) -> Place | None:
        """Return where the data of `key` stands, None if there is no such key."""
        number = tree.root
        for _ in range(tree.depth):
            leaf, nodes = self.nodes(number, meta)
            if leaf:
                return next((self.data(node, meta) for node in nodes if node.key == key), None)
            # The first key of a branch is empty: it stands for everything smaller.
            number = [node for node in nodes if node.key <= key or node is nodes[0]][-1].child
        return None

    def data(self, node: Node, meta: Meta) -> Place:
        """Return where the data of a leaf's node stands: in the page, or in pages of its own."""
        if not node.flags & _BIG:
            return node.data
        (number,) = _NUMBER.unpack(self.read(node.data))
        self.page(number, meta)
        low, high = struct.unpack("=HH", self.read(Place(node.at, node.at + 4)))
        length = low | high << 16
        start = number * self.page_bytes + _PAGE.size
        if start + length > self.size:
            raise StructureDamaged(node.at, node.data.end, f"a record of {length} bytes goes past the end of the file")
        return Place(start, start + length)

    def tables(self, meta: Meta) -> dict[bytes, Tree]:
        """Return the description of every named table."""
        found = {}
        for node in self.records(meta.main, meta):
            if not node.flags & _SUBTREE:
                raise StructureDamaged(node.at, node.data.end, "there is a record outside of all tables")
            found[node.key] = self.tree(node.data)
        return found

    def _node(self, page: bytes, start: int, at: int, upper: int, *, leaf: bool) -> Node:
        if at < upper or at + _NODE.size > self.page_bytes or at & 1:
            raise StructureDamaged(start, start + self.page_bytes, "a node stands outside of its page")
        low, high, flags, key_bytes = _NODE.unpack_from(page, at)
        after = at + _NODE.size + key_bytes
        if leaf:
            length = 8 if flags & _BIG else low | high << 16
            if flags & ~(_BIG | _SUBTREE) or after + length > self.page_bytes:
                raise StructureDamaged(start + at, start + at + _NODE.size, "a node does not fit its page")
            child = 0
        else:
            length, child, flags = 0, low | high << 16 | flags << 32, 0
            if after > self.page_bytes:
                raise StructureDamaged(start + at, start + at + _NODE.size, "a node does not fit its page")
        key = page[at + _NODE.size : after]
        return Node(start + at, key, flags, Place(start + after, start + after + length), child)

    def _meta(self, number: int) -> Meta:
        start = number * self.page_bytes
        found = self.read(Place(start, start + _META_BYTES))
        page, unused, kind, _, _ = _PAGE.unpack_from(found)
        magic, version, address, _ = _META_HEAD.unpack_from(found, _PAGE.size)
        if (page, unused, kind, magic, version, address) != (number, 0, _META, _MAGIC, _VERSION, 0):
            raise StructureDamaged(start, start + _PAGE.size + _META_HEAD.size, f"meta page {number} is not one")
        at = start + _PAGE.size + _META_HEAD.size
        page_bytes, *free = _TREE.unpack_from(found, at - start)
        if page_bytes != self.page_bytes:
            raise StructureDamaged(at, at + 4, "the meta pages differ in the size of a page")
        unused, *main = _TREE.unpack_from(found, at - start + _TREE.size)
        last_page, transaction = _META_TAIL.unpack_from(found, at - start + 2 * _TREE.size)
        if unused or last_page > self.size // self.page_bytes + _UNWRITTEN_PAGES:
            raise StructureDamaged(
                at + _TREE.size,
                at + 2 * _TREE.size + _META_TAIL.size,
                f"{last_page + 1} pages are not in a file of {self.size} bytes",
            )
        return Meta(number, Tree(at, *free), Tree(at + _TREE.size, *main), last_page, transaction)

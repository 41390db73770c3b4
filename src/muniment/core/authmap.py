"""The authenticated map: a compact sparse Merkle tree over SHA-256 of the keys, kept in pages.

    empty subtree       32 zero bytes
    one leaf            SHA-256(0x00 || SHA-256(key) || SHA-256(value)), at whatever depth it is alone
    two or more leaves  SHA-256(0x01 || left || right), divided by the next bit of the key hash

The root depends on the set of (key, value) alone. Everything here is a function of `read(path)`, which gives the
page under a path or None; who keeps the pages, and old versions of them, is not decided here.

Source: docs/adr/0001-authenticated-map.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from muniment.core.map_pages import (
    CHILD,
    EMPTY,
    INLINE,
    NODE_AT,
    SLOT,
    SLOTS,
    TOP,
    PageReader,
    checked_page,
    corrupt,
    fold_slots,
    inline_before,
    leaves_node,
    nibbles,
    page_path,
    root,
    split_leaves,
    split_point,
)
from muniment.core.map_proof import (
    PROOF_CODEC,
    MapProof,
    key_hash,
    make_proof,
    value_hash,
    verify_absence,
    verify_leaf,
    verify_no_leaf,
    verify_presence,
)
from muniment.core.map_update import update
from muniment.core.proof_errors import ProofRejected

__all__ = [
    "EMPTY",
    "PROOF_CODEC",
    "MapProof",
    "PageReader",
    "check",
    "key_hash",
    "leaves",
    "prove",
    "prove_hash",
    "root",
    "update",
    "value_hash",
    "value_hash_at",
    "verify_absence",
    "verify_leaf",
    "verify_no_leaf",
    "verify_presence",
]


def prove(read: PageReader, key: bytes) -> MapProof:
    """Return the proof of what the map holds at `key`, be it a value or nothing."""
    return prove_hash(read, key_hash(key))


def prove_hash(read: PageReader, key: bytes) -> MapProof:
    """Return the proof for a key hash.

    Raises:
        Halted: the pages contradict their own root.
    """
    siblings: list[bytes] = []
    group: list[bytes] = []
    for page, slot in _pages_on_way(read, nibbles(key)):
        first, stop = _descend(page, slot, siblings)
        group = _leaves_between(page, first, stop)
    while len(group) > 1:
        depth = len(siblings)
        middle = split_point(group, depth)
        right = key[depth >> 3] << (depth & 7) & 128
        siblings.append(leaves_node(group[:middle] if right else group[middle:], depth + 1))
        group = group[middle:] if right else group[:middle]
    leaf = group[0] if group else b""
    own = leaf[:32] == key
    proof = make_proof(siblings, b"" if own else leaf)
    _check_own(read, key, leaf[32:] if own else None, proof)
    return proof


def value_hash_at(read: PageReader, key: bytes) -> bytes | None:
    """Return the value hash that the map holds at a key hash, None if there is none."""
    for page, slot in _pages_on_way(read, nibbles(key)):
        for leaf in _leaves_between(page, slot, slot + 1):
            if leaf.startswith(key):
                return leaf[32:]
    return None


def leaves(read: PageReader) -> Iterator[tuple[bytes, bytes]]:
    """Yield key hash and value hash of everything in the map, by key hash."""
    return _walk(read, b"") if read(page_path(b"", 0)) is not None else iter(())


def check(read: PageReader) -> tuple[bytes, int]:
    """Hash everything again from the leaves, and return the root and how many leaves there are.

    Raises:
        Halted: a page is missing, or is not what its leaves make it.
    """
    return _check_page(read, b"") if read(page_path(b"", 0)) is not None else (EMPTY, 0)


def _pages_on_way(read: PageReader, way: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the pages from the top down to where a way ends, each with the slot the way takes."""
    page = read(page_path(way, 0))
    height = 0
    while page is not None:
        slot = way[height]
        yield checked_page(page, page_path(way, height)), slot
        if page[slot] != CHILD:
            return
        height += 1
        path = page_path(way, height)
        page = checked_page(read(path), path)


def _descend(page: bytes, slot: int, siblings: list[bytes]) -> tuple[int, int]:
    """Go down a page towards a slot, adding what is beside the way; return the slots under where it ends."""
    width = SLOTS
    first = 0
    node = 1
    while width > 1 and sum(page[first : first + width]) > 1:
        width >>= 1
        right = bool(slot & width)
        node = 2 * node + right
        first += width * right
        siblings.append(page[NODE_AT[node ^ 1] : NODE_AT[node ^ 1] + 32])
    return first, first + width


def _leaves_between(page: bytes, first: int, stop: int) -> list[bytes]:
    """Return the leaves that a page itself holds for slots `[first, stop)`."""
    return split_leaves(page[inline_before(page, first) : inline_before(page, stop)])


def _check_own(read: PageReader, key: bytes, value: bytes | None, proof: MapProof) -> None:
    try:
        if value is None:
            verify_no_leaf(root(read), key, proof)
        else:
            verify_leaf(root(read), key, value, proof)
    except ProofRejected:
        raise corrupt(page_path(b"", 0)) from None


def _walk(read: PageReader, way: bytes) -> Iterator[tuple[bytes, bytes]]:
    path = page_path(way, len(way))
    page = checked_page(read(path), path)
    for slot in range(SLOTS):
        if page[slot] == CHILD:
            yield from _walk(read, way + bytes([slot]))
        for leaf in _leaves_between(page, slot, slot + 1):
            yield leaf[:32], leaf[32:]


def _check_page(read: PageReader, way: bytes) -> tuple[bytes, int]:
    """Compare a page, and those below it, with what its leaves make of it; return its node and its leaves' number."""
    path = page_path(way, len(way))
    page = checked_page(read(path), path)
    again = bytearray(page)
    total = 0
    for slot in range(SLOTS):
        if page[slot] == CHILD:
            again[SLOT[slot]], count = _check_page(read, way + bytes([slot]))
        else:
            group = _leaves_between(page, slot, slot + 1)
            count = len(group)
            again[SLOT[slot]] = leaves_node(group, 4 * len(way) + 4)
            ways = [nibbles(leaf[:32])[: len(way) + 1] for leaf in group]
            if ways != [way + bytes([slot])] * count or group != sorted(group) or count > INLINE:
                raise corrupt(path)
        total += count
    fold_slots(again, range(SLOTS))
    if again != page or (way and total <= INLINE):
        raise corrupt(path)
    return page[TOP], total

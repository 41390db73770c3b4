"""Pages of the authenticated map: four levels of the tree in one value, and how their hashes fold.

A page at height `k` (in pages from the top) holds the subtree under a path of `k` nibbles of the key hash:

    counts  16 bytes       leaves under each of 16 slots: 0 to `INLINE`, or `CHILD` when the slot has a page of its own
    nodes   31 x 32 bytes  every node, level by level: 1 is the top, 2i and 2i + 1 are below i, 16 to 31 are the slots
    leaves  n x 64 bytes   key hash and value hash of every leaf that has no page of its own, sorted

Which leaves share a page follows from the set of leaves alone, so pages are canonical, like the root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from muniment.core.errors import Halted

#: The hash of a subtree without leaves.
EMPTY = bytes(32)
#: Slots in a page, and the count that says that a slot has a page of its own.
SLOTS = 16
CHILD = 255
#: A slot with more leaves than this gets a page of its own.
INLINE = 4
LEAF_BYTES = 64

#: Where node i of a page begins (1 is the top, 16 + n is slot n), and where its leaves begin.
NODE_AT = [SLOTS + 32 * (node - 1) for node in range(2 * SLOTS + 1)]
LEAVES_AT = NODE_AT[2 * SLOTS]
BLANK_PAGE = bytes(LEAVES_AT)
#: A page without child pages that is no longer than this gives its leaves to its parent.
FEW_AT = LEAVES_AT + INLINE * LEAF_BYTES

#: `read(path)`: the page under a path, or None. Paths are 1 to 65 bytes.
PageReader = Callable[[bytes], bytes | None]

#: Where the top node of a page is, and where the node of each slot.
TOP = slice(NODE_AT[1], NODE_AT[2])
SLOT = [slice(NODE_AT[SLOTS + slot], NODE_AT[SLOTS + slot + 1]) for slot in range(SLOTS)]


def _fold_of(node: int) -> tuple[slice, slice, slice]:
    """Return where the two children of a node are, where it is itself, and the counts of the slots under it."""
    height = 5 - node.bit_length()
    under = slice((node << height) - SLOTS, ((node + 1) << height) - SLOTS)
    return slice(NODE_AT[2 * node], NODE_AT[2 * node + 2]), slice(NODE_AT[node], NODE_AT[node + 1]), under


#: How each of the nodes 1 to 15 is folded, and the folds from each slot up to the top.
_FOLD = [_fold_of(max(node, 1)) for node in range(SLOTS)]
_CLIMB = [[_FOLD[SLOTS + slot >> up] for up in (1, 2, 3, 4)] for slot in range(SLOTS)]
_LEVEL = [bytes([height]) for height in range(65)]
_NIBBLES = bytes(int(chr(c), 16) if chr(c) in "0123456789abcdef" else 0 for c in range(256))


def nibbles(key_hash: bytes) -> bytes:
    """Return the 64 nibbles of a key hash, one byte each: the way from the top."""
    return key_hash.hex().encode().translate(_NIBBLES)


def page_path(way: bytes, height: int) -> bytes:
    """Return the name of the page at `height` on a way: the height, then the nibbles. Upper pages sort together."""
    return _LEVEL[height] + way[:height]


def inner_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node with two or more leaves under it."""
    return sha256(b"\x01" + left + right).digest()


def leaf_node(leaf: bytes) -> bytes:
    """Return the hash of a leaf: `leaf` is key hash and value hash, 64 bytes."""
    return sha256(b"\x00" + leaf).digest()


def split_leaves(data: bytes) -> list[bytes]:
    """Return the leaves in a run of them."""
    return [data[at : at + LEAF_BYTES] for at in range(0, len(data), LEAF_BYTES)]


def leaves_node(leaves: Sequence[bytes], depth: int) -> bytes:
    """Return the hash of the subtree of sorted leaves that share their first `depth` bits."""
    if len(leaves) < 2:
        return sha256(b"\x00" + leaves[0]).digest() if leaves else EMPTY
    middle = split_point(leaves, depth)
    left = leaves_node(leaves[:middle], depth + 1)
    return sha256(b"\x01" + left + leaves_node(leaves[middle:], depth + 1)).digest()


def split_point(leaves: Sequence[bytes], depth: int) -> int:
    """Return how many of the sorted leaves go left at bit `depth`."""
    at, bit = depth >> 3, 128 >> (depth & 7)
    for place, leaf in enumerate(leaves):
        if leaf[at] & bit:
            return place
    return len(leaves)


def fold_slot(page: bytearray, slot: int) -> None:
    """Bring the four nodes above one slot up to date."""
    few = page[slot] < 2
    for pair, up, under in _CLIMB[slot]:
        if few and sum(page[under]) < 2:
            page[up] = _only(page[pair])
        else:
            few = False
            page[up] = sha256(b"\x01" + page[pair]).digest()


def _only(pair: bytes | bytearray) -> bytes | bytearray:
    """Return the node above two of which at least one is empty and none an inner node: a single leaf rises."""
    return pair[:32] if any(pair[:32]) else pair[32:]


def fold_slots(page: bytearray, slots: Sequence[int]) -> None:
    """Bring every node above some slots, in ascending order, up to date, each once."""
    sparse = 0 in page[:SLOTS]
    nodes = [SLOTS + slot for slot in slots]
    while nodes[0] > 1:
        nodes = list(dict.fromkeys([node >> 1 for node in nodes]))
        for node in nodes:
            pair, up, under = _FOLD[node]
            if sparse and sum(page[under]) < 2:
                page[up] = _only(page[pair])
            else:
                page[up] = sha256(b"\x01" + page[pair]).digest()


def root(read: PageReader) -> bytes:
    """Return the root of the map."""
    top = read(page_path(b"", 0))
    return EMPTY if top is None else top[TOP]


def inline_before(page: bytes | bytearray, slot: int) -> int:
    """Return where in the page the leaves of `slot` begin."""
    head = page[:slot]
    return LEAVES_AT + LEAF_BYTES * (sum(head) - CHILD * head.count(CHILD))


def checked_page(data: bytes | None, path: bytes) -> bytes:
    """Return `data` if it has the length that its counts ask for.

    Raises:
        Halted: it has not, or there is no such page: the storage is corrupt.
    """
    if data is not None:
        counts = data[:SLOTS]
        if len(data) == LEAVES_AT + LEAF_BYTES * (sum(counts) - CHILD * counts.count(CHILD)):
            return data
    raise corrupt(path)


def corrupt(path: bytes) -> Halted:
    """Return the error that says that a page is not what was written."""
    return Halted(
        f"page {path.hex()} of the authenticated map is missing or corrupt",
        recover="restore the ledger from a copy, or rebuild it from its log",
    )

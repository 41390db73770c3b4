"""The Merkle tree of an append-only log: hashes, the frontier that appends, proofs made and checked.

A proof is a sequence of 32-byte hashes, lowest first. Subtrees are aligned ranges `[start, end)` of leaves;
the log itself is `[0, size)`.

Source: RFC 9162 section 2.1; subtrees by draft-ietf-plants-merkle-tree-certs sections 4.3 and 4.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from muniment.core.proof_errors import ProofRejected

HASH_BYTES = 32
#: Sizes stay below 2^63, so that every language can hold them.
MAX_SIZE = (1 << 63) - 1
#: No proof, with its leaf and roots, holds more.
MAX_HASHES = 72
#: The root of a log without leaves: the hash of nothing.
EMPTY_ROOT = sha256(b"").digest()
#: `node(level, index)`: the root of the perfect subtree of leaves `[index << level, (index + 1) << level)`.
NodeSource = Callable[[int, int], bytes]

INCLUSION = "inclusion in the log"
CONSISTENCY = "consistency of the log"


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one log entry (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """Return the leaf hash of every entry, in order."""
    return [sha256(b"\x00" + data).digest() for data in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def parents(row: Sequence[bytes]) -> list[bytes]:
    """Return the row above `row`: one node for each pair; a last odd node is left out."""
    return [sha256(b"\x01" + a + b).digest() for a, b in zip(row[::2], row[1::2], strict=False)]


def fold(peaks: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees of falling size, leftmost first; none gives `EMPTY_ROOT`."""
    if not peaks:
        return EMPTY_ROOT
    right = peaks[-1]
    for left in peaks[-2::-1]:
        right = node_hash(left, right)
    return right


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the Merkle tree hash of leaf hashes, in log order; none gives `EMPTY_ROOT`."""
    frontier = Frontier()
    frontier.extend(list(leaves))
    return frontier.root()


class Frontier:
    """The right edge of a log: its size and the roots of its perfect subtrees, enough to append and to hash.

    Args:
        size: Number of leaves.
        hashes: One hash for each set bit of `size`, largest subtree (leftmost) first.
    """

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if not 0 <= size <= MAX_SIZE or len(hashes) != size.bit_count():
            raise ProofRejected(what="frontier", reason=f"{len(hashes)} hashes do not fit size {size}")
        if any(len(peak) != HASH_BYTES for peak in hashes):
            raise ProofRejected(what="frontier", reason="a hash is not 32 bytes long")
        self.size = size
        self._peaks = list(hashes)

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, largest first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        bits = self.size
        while bits & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            bits >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Sequence[bytes]) -> list[list[bytes]]:
        """Add leaf hashes, level by level.

        Returns:
            The nodes this completed, by level, in order: `[k]` are roots of 2^k leaves, so `[0]` the leaves.
        """
        rows: list[list[bytes]] = []
        edge: list[bytes] = []
        bits = self.size
        row = list(leaves)
        while row:
            rows.append(row)
            if bits & 1:
                row = [self._peaks.pop(), *row]
            if len(row) & 1:
                edge.append(row[-1])
            row = parents(row)
            bits >>= 1
        self._peaks += reversed(edge)
        self.size += len(leaves)
        return rows

    def root(self) -> bytes:
        """Return the root of the log as it is now."""
        return fold(self._peaks)

    def copy(self) -> Frontier:
        """Return an independent frontier with the same contents."""
        return Frontier(self.size, self._peaks)

    def to_bytes(self) -> bytes:
        """Return the size as 8 bytes, big-endian, followed by the hashes."""
        return self.size.to_bytes(8, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Return the frontier that `to_bytes` wrote; anything else is refused."""
        body = data[8:]
        if len(data) < 8 or len(body) % HASH_BYTES:
            raise ProofRejected(what="frontier", reason=f"{len(data)} bytes are not a size and whole hashes")
        hashes = [body[at : at + HASH_BYTES] for at in range(0, len(body), HASH_BYTES)]
        return cls(int.from_bytes(data[:8], "big"), hashes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frontier):
            return NotImplemented
        return self.size == other.size and self._peaks == other._peaks

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"Frontier(size={self.size}, root={self.root().hex()})"


def subtree_root(start: int, end: int, node: NodeSource) -> bytes:
    """Return the root of leaves `[start, end)`, which must be an aligned range."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(node(level, start >> level))
        start += 1 << level
    return fold(peaks)


def inclusion_proof(index: int, size: int, node: NodeSource) -> list[bytes]:
    """Return the hashes that lead from leaf `index` to the root of the first `size` leaves, lowest first."""
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofRejected(what=INCLUSION, reason=f"leaf {index} is not in a log of {size}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = _split(start, end)
        if index < middle:
            path.append(subtree_root(middle, end, node))
            end = middle
        else:
            path.append(subtree_root(start, middle, node))
            start = middle
    return path[::-1]


def consistency_proof(size1: int, size2: int, node: NodeSource) -> list[bytes]:
    """Return the hashes that show that the log of `size2` begins with that of `size1`, lowest first."""
    if not 0 < size1 <= size2 <= MAX_SIZE:
        raise ProofRejected(what=CONSISTENCY, reason=f"there is none from size {size1} to {size2}")
    path = []
    start, end = 0, size2
    while size1 != end:
        middle = _split(start, end)
        if size1 <= middle:
            path.append(subtree_root(middle, end, node))
            end = middle
        else:
            path.append(subtree_root(start, middle, node))
            start = middle
    if start:
        path.append(subtree_root(start, end, node))
    return path[::-1]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the log of `size` leaves under `root` holds `leaf_hash` at `index` (RFC 9162, 2.1.3.2).

    Raises:
        ProofRejected: it does not, or the proof is malformed.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofRejected(what=INCLUSION, reason=f"leaf {index} is not in a log of {size}")
    _check_hashes(INCLUSION, leaf_hash, root, *proof)
    if root_from_inclusion(leaf_hash, index, size, proof) != root:
        raise ProofRejected(what=INCLUSION, reason="the path does not lead to the root")


def root_from_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that an inclusion proof leads to; a path of the wrong length is refused."""
    last, result = size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofRejected(what=INCLUSION, reason="the path is too long")
        if index & 1 or index == last:
            result = node_hash(sibling, result)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise ProofRejected(what=INCLUSION, reason="the path is too short")
    return result


def verify_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Check that the log of `size2` leaves begins with the log of `size1` (RFC 9162 section 2.1.4.2).

    Raises:
        ProofRejected: it does not, or the proof is malformed. Every log begins with the empty one: then the
            proof is empty.
    """
    verify_subtree_consistency((0, size1), root1, size2, root2, proof)


def verify_subtree_inclusion(
    leaf_hash: bytes, index: int, span: tuple[int, int], proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the subtree `span` under `root` holds `leaf_hash` at the log's `index`.

    Raises:
        ProofRejected: it does not, the span is not a subtree, or the proof is malformed.
    """
    start, end = _check_span(INCLUSION, span)
    verify_inclusion(leaf_hash, index - start, end - start, proof, root)


def verify_subtree_consistency(
    span: tuple[int, int], subtree: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that leaves `span`, whose root is `subtree`, are part of the log of `size` leaves under `root`.

    Raises:
        ProofRejected: they are not, the span is not a subtree of that log, or the proof is malformed.
    """
    start, end = _check_span(CONSISTENCY, span)
    if not end <= size <= MAX_SIZE:
        raise ProofRejected(what=CONSISTENCY, reason=f"{end} leaves are not in a log of {size}")
    _check_hashes(CONSISTENCY, subtree, root, *proof)
    if start == end:
        _check_empty(subtree, root if size == 0 else EMPTY_ROOT, proof)
        return
    first, last, top = start, end - 1, size - 1
    reaches_edge = end == size
    while first != last and (last & 1 or reaches_edge):
        first, last, top = first >> 1, last >> 1, top >> 1
    whole = first == last
    if not whole and not proof:
        raise ProofRejected(what=CONSISTENCY, reason="the proof is too short")
    begin = subtree if whole else proof[0]
    found = _climb(begin, (first, last, top), proof if whole else proof[1:])
    if found != (subtree, root):
        raise ProofRejected(what=CONSISTENCY, reason="the proof does not lead to both roots")


def _climb(begin: bytes, at: tuple[int, int, int], path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the root of the subtree and of the log, hashing both side by side from the node `begin`.

    Args:
        begin: The last perfect subtree that both share.
        at: First and last node of the subtree and last node of the log, counted on the level of `begin`.
        path: The hashes beside the way up.
    """
    first, last, top = at
    small = large = begin
    for sibling in path:
        if top == 0:
            raise ProofRejected(what=CONSISTENCY, reason="the proof is too long")
        if last & 1 or last == top:
            if first < last:
                small = node_hash(sibling, small)
            large = node_hash(sibling, large)
            while not last & 1 and last:
                first, last, top = first >> 1, last >> 1, top >> 1
        else:
            large = node_hash(large, sibling)
        first, last, top = first >> 1, last >> 1, top >> 1
    if top:
        raise ProofRejected(what=CONSISTENCY, reason="the proof is too short")
    return small, large


def _split(start: int, end: int) -> int:
    """Return where a range divides: after the largest power of two smaller than it."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _check_span(what: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    if not 0 <= start <= end <= MAX_SIZE or (end > start and start % (1 << (end - start - 1).bit_length())):
        raise ProofRejected(what=what, reason=f"[{start}, {end}) is not a subtree")
    return span


def _check_empty(subtree: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    if proof or subtree != EMPTY_ROOT or root != EMPTY_ROOT:
        raise ProofRejected(what=CONSISTENCY, reason="an empty log has the hash of nothing and an empty proof")


def _check_hashes(what: str, *hashes: bytes) -> None:
    if len(hashes) > MAX_HASHES:
        raise ProofRejected(what=what, reason=f"{len(hashes)} hashes are too many")
    if any(not isinstance(item, bytes) or len(item) != HASH_BYTES for item in hashes):
        raise ProofRejected(what=what, reason="every hash must be 32 bytes")

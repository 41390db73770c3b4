"""Proofs that the authenticated map holds a key, or does not: checked with the root alone.

Source: the shape of the tree and its hashes are those of `SmtSpec` in ICS-23.
"""

from __future__ import annotations

from hashlib import sha256

from muniment.core.codec import Codec, Wire
from muniment.core.map_pages import EMPTY, inner_hash, leaf_node
from muniment.core.proof_errors import ProofRejected

#: No key is deeper than its hash has bits.
MAX_DEPTH = 256
#: The longest proof in bytes: 256 siblings, another leaf, and their frame.
MAX_PROOF_BYTES = 256 * 32 + 64 + 64

PRESENCE = "presence in the map"
ABSENCE = "absence from the map"


class MapProof(Wire, frozen=True):
    """The way from the top of the map to where a key is, or would be.

    Args:
        depth: Number of levels down, 0 to 256.
        siblings: The nodes beside the way, 32 bytes each, top first; empty ones are left out.
        filled: One bit for each level, top first, set where the sibling is not empty; padded with zeros.
        other: For absence where another leaf stands in the place: its key hash and value hash; otherwise nothing.
    """

    depth: int
    filled: bytes
    siblings: bytes
    other: bytes = b""


PROOF_CODEC: Codec[MapProof] = Codec(MapProof, what="map proof", limit_bytes=MAX_PROOF_BYTES)


def key_hash(key: bytes) -> bytes:
    """Return the way of a key through the map."""
    return sha256(key).digest()


def value_hash(value: bytes) -> bytes:
    """Return what the map holds of a value."""
    return sha256(value).digest()


def make_proof(siblings: list[bytes], other: bytes) -> MapProof:
    """Return the proof with these siblings, top first, empty ones included."""
    filled = bytearray((len(siblings) + 7) // 8)
    for depth, sibling in enumerate(siblings):
        if sibling != EMPTY:
            filled[depth >> 3] |= 128 >> (depth & 7)
    kept = b"".join(sibling for sibling in siblings if sibling != EMPTY)
    return MapProof(depth=len(siblings), filled=bytes(filled), siblings=kept, other=other)


def verify_presence(root: bytes, key: bytes, value: bytes, proof: MapProof) -> None:
    """Check that the map under `root` holds `value` at `key`.

    Raises:
        ProofRejected: it does not, or the proof is malformed.
    """
    verify_leaf(root, key_hash(key), value_hash(value), proof)


def verify_leaf(root: bytes, key: bytes, value: bytes, proof: MapProof) -> None:
    """Check presence for a key hash and a value hash."""
    _check_lengths(PRESENCE, root, key, value)
    if proof.other:
        raise ProofRejected(what=PRESENCE, reason="the proof is one of absence")
    if _climb(PRESENCE, key, leaf_node(key + value), proof) != root:
        raise ProofRejected(what=PRESENCE, reason="the path does not lead to the root")


def verify_absence(root: bytes, key: bytes, proof: MapProof) -> None:
    """Check that the map under `root` holds nothing at `key`.

    Raises:
        ProofRejected: this is not shown, or the proof is malformed.
    """
    verify_no_leaf(root, key_hash(key), proof)


def verify_no_leaf(root: bytes, key: bytes, proof: MapProof) -> None:
    """Check absence for a key hash."""
    _check_lengths(ABSENCE, root, key)
    node = EMPTY
    if proof.other:
        _check_other(key, proof)
        node = leaf_node(proof.other)
    if _climb(ABSENCE, key, node, proof) != root:
        raise ProofRejected(what=ABSENCE, reason="the path does not lead to the root")


def proof_siblings(what: str, proof: MapProof) -> list[bytes]:
    """Return the siblings of a proof, top first, empty ones included, after checking its form."""
    depth, filled, kept = proof.depth, proof.filled, proof.siblings
    if not 0 <= depth <= MAX_DEPTH or len(filled) != (depth + 7) // 8:
        raise ProofRejected(what=what, reason=f"{len(filled)} bytes of levels do not fit depth {depth}")
    levels = int.from_bytes(filled, "big") >> (-depth % 8)
    if levels << (-depth % 8) != int.from_bytes(filled, "big"):
        raise ProofRejected(what=what, reason="a level beyond the depth is marked")
    if depth and not levels & 1:
        raise ProofRejected(what=what, reason="the lowest sibling is empty")
    if len(kept) != 32 * levels.bit_count() or EMPTY in (kept[at : at + 32] for at in range(0, len(kept), 32)):
        raise ProofRejected(what=what, reason="the siblings are not those that are marked")
    nodes = (kept[at : at + 32] for at in range(0, len(kept), 32))
    return [next(nodes) if levels >> (depth - 1 - level) & 1 else EMPTY for level in range(depth)]


def _climb(what: str, key: bytes, node: bytes, proof: MapProof) -> bytes:
    siblings = proof_siblings(what, proof)
    way = int.from_bytes(key, "big") >> (MAX_DEPTH - len(siblings))
    for sibling in reversed(siblings):
        node = inner_hash(sibling, node) if way & 1 else inner_hash(node, sibling)
        way >>= 1
    return node


def _check_other(key: bytes, proof: MapProof) -> None:
    if len(proof.other) != 64:
        raise ProofRejected(what=ABSENCE, reason="the other leaf is not two hashes")
    if not 0 <= proof.depth <= MAX_DEPTH:
        raise ProofRejected(what=ABSENCE, reason=f"depth {proof.depth} is out of range")
    differs = int.from_bytes(key, "big") ^ int.from_bytes(proof.other[:32], "big")
    if not differs or differs >> (MAX_DEPTH - proof.depth):
        raise ProofRejected(what=ABSENCE, reason="the other leaf does not stand in the key's place")


def _check_lengths(what: str, *hashes: bytes) -> None:
    if any(len(item) != 32 for item in hashes):
        raise ProofRejected(what=what, reason="every hash must be 32 bytes")

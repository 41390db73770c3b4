"""The authenticated map in the words of ICS-23, for verifiers that know only those.

The map is a tree of `SmtSpec`: leaf prefix 0x00, SHA-256 over key and value before they are hashed, no lengths; inner
prefix 0x01, two children of 32 bytes, the empty child 32 zero bytes, at most 256 levels, keys compared by their hash.
A proof of presence is one `ExistenceProof` with the path below. A proof of absence is a `NonExistenceProof`, which
needs the existence proofs of the keys whose hashes stand next to the left and to the right.

Source: cosmos/ics23, proofs.proto (`LeafOp`, `InnerOp`, `ProofSpec`).
"""

from __future__ import annotations

from typing import NamedTuple

from muniment.core.map_pages import EMPTY
from muniment.core.map_proof import MAX_DEPTH, PRESENCE, MapProof, make_proof, proof_siblings
from muniment.core.proof_errors import ProofRejected

LEAF_PREFIX = b"\x00"
INNER_PREFIX = b"\x01"


class InnerOp(NamedTuple):
    """One step up: the parent is SHA-256 of prefix, node and suffix."""

    prefix: bytes
    suffix: bytes


def existence_path(key_hash: bytes, proof: MapProof) -> list[InnerOp]:
    """Return the path of an `ExistenceProof` that says what a proof of presence says, leaf first."""
    siblings = proof_siblings(PRESENCE, proof)
    if proof.other:
        raise ProofRejected(what=PRESENCE, reason="the proof is one of absence")
    way = int.from_bytes(key_hash, "big") >> (MAX_DEPTH - len(siblings))
    steps = []
    for sibling in reversed(siblings):
        steps.append(InnerOp(INNER_PREFIX + sibling, b"") if way & 1 else InnerOp(INNER_PREFIX, sibling))
        way >>= 1
    return steps


def from_existence_path(path: list[InnerOp]) -> MapProof:
    """Return the proof of presence that an `ExistenceProof` of this tree says, leaf first.

    Raises:
        ProofRejected: a step is not one of `SmtSpec`.
    """
    siblings = []
    for prefix, suffix in reversed(path):
        sibling = prefix[1:] + suffix
        if not prefix.startswith(INNER_PREFIX) or len(sibling) != len(EMPTY) or len(prefix) not in (1, 33):
            raise ProofRejected(what=PRESENCE, reason="a step of the path is not of this tree")
        siblings.append(sibling)
    return make_proof(siblings, b"")

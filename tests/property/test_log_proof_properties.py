"""Log proofs for every size up to 130, and what happens when a proof is touched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.core import merkle, tiles
from muniment.core.proof_errors import ProofRejected

SIZE = 130
LEAVES = merkle.leaf_hashes(n.to_bytes(2, "big") for n in range(SIZE))
ROOTS = [merkle.root(LEAVES[:size]) for size in range(SIZE + 1)]
HELD = tiles.changed_tiles(0, LEAVES, lambda level, index: b"")
NODES = {
    (level, index): tiles.node(level, index, lambda level, index: HELD[level, index])
    for level in range(8)
    for index in range(SIZE >> level)
}


def node(level: int, index: int) -> bytes:
    return NODES[level, index]


def flipped(data: bytes, bit: int) -> bytes:
    return (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")


def test_every_leaf_of_every_size_is_included() -> None:
    for size in range(1, SIZE + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, node)
            merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


def test_every_size_is_consistent_with_every_later_size() -> None:
    for size2 in range(1, SIZE + 1):
        for size1 in range(1, size2 + 1):
            proof = merkle.consistency_proof(size1, size2, node)
            merkle.verify_consistency(size1, ROOTS[size1], size2, ROOTS[size2], proof)


def test_every_single_bit_of_an_inclusion_proof_matters() -> None:
    index, size = 77, SIZE
    proof = merkle.inclusion_proof(index, size, node)
    for at, item in enumerate(proof):
        for bit in range(256):
            forged = [*proof[:at], flipped(item, bit), *proof[at + 1 :]]
            with pytest.raises(ProofRejected):
                merkle.verify_inclusion(LEAVES[index], index, size, forged, ROOTS[size])


def test_every_single_bit_of_a_consistency_proof_matters() -> None:
    size1, size2 = 78, SIZE
    proof = merkle.consistency_proof(size1, size2, node)
    for at, item in enumerate(proof):
        for bit in range(256):
            forged = [*proof[:at], flipped(item, bit), *proof[at + 1 :]]
            with pytest.raises(ProofRejected):
                merkle.verify_consistency(size1, ROOTS[size1], size2, ROOTS[size2], forged)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_proof_holds_for_its_own_leaf_place_and_size_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SIZE))
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, node)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(LEAVES[other], index, size, proof, ROOTS[size])
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(LEAVES[index], other, size, proof, ROOTS[size])
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(LEAVES[index], index, size, proof[:-1], ROOTS[size])
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(LEAVES[index], index, size, [*proof, proof[0]], ROOTS[size])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8))
def test_any_division_into_batches_gives_the_same_log(batches: list[int]) -> None:
    frontier = merkle.Frontier()
    held: dict[tuple[int, int], bytes] = {}
    for count in batches:
        leaves = [n.to_bytes(32, "big") for n in range(frontier.size, frontier.size + count)]
        old = frontier.size
        rows = frontier.extend(leaves)
        held.update(tiles.changed_tiles(old, leaves, lambda level, index: held[level, index], rows=rows))
    total = [n.to_bytes(32, "big") for n in range(frontier.size)]
    assert frontier.root() == merkle.root(total)
    assert held == tiles.changed_tiles(0, total, lambda level, index: b"")

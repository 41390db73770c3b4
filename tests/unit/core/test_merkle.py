from __future__ import annotations

import pytest

from muniment.core import merkle
from muniment.core.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash
from muniment.core.proof_errors import ProofRejected

LEAVES = merkle.leaf_hashes(bytes([n]) * n for n in range(70))


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.1, as written there."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def node(level: int, index: int) -> bytes:
    return naive_root(LEAVES[index << level : (index + 1) << level])


def test_root_is_the_recursive_definition() -> None:
    for size in range(len(LEAVES) + 1):
        assert merkle.root(LEAVES[:size]) == naive_root(LEAVES[:size])


def test_append_and_extend_agree() -> None:
    one_by_one, at_once = Frontier(), Frontier()
    for leaf in LEAVES:
        one_by_one.append(leaf)
    at_once.extend(LEAVES[:3])
    at_once.extend([])
    at_once.extend(LEAVES[3:])
    assert one_by_one == at_once
    assert one_by_one.root() == naive_root(LEAVES)


def test_extend_returns_the_nodes_it_completed() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:3])
    rows = frontier.extend(LEAVES[3:9])
    assert rows == [
        LEAVES[3:9],
        [node(1, 1), node(1, 2), node(1, 3)],
        [node(2, 0), node(2, 1)],
        [node(3, 0)],
    ]


def test_a_copy_is_independent() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:5])
    copy = frontier.copy()
    copy.append(LEAVES[5])
    assert frontier.size == 5
    assert frontier.root() == naive_root(LEAVES[:5])


def test_bytes_round_trip() -> None:
    for size in (0, 1, 2, 63, 64, 70):
        frontier = Frontier()
        frontier.extend(LEAVES[:size])
        assert Frontier.from_bytes(frontier.to_bytes()) == frontier


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 7, b"\x00" * 40, b"\x00" * 7 + b"\x01", b"\xff" * 8, b"\x00" * 7 + b"\x01" + b"x" * 31]
)
def test_other_bytes_are_no_frontier(data: bytes) -> None:
    with pytest.raises(ProofRejected):
        Frontier.from_bytes(data)


def test_hashes_that_do_not_fit_the_size_are_refused() -> None:
    with pytest.raises(ProofRejected):
        Frontier(3, [LEAVES[0]])
    with pytest.raises(ProofRejected):
        Frontier(1, [b"short"])


def test_inclusion_proof_of_a_leaf_that_is_not_there_is_refused() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ProofRejected):
            merkle.inclusion_proof(index, size, node)
        with pytest.raises(ProofRejected):
            merkle.verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


def test_consistency_proof_out_of_range_is_refused() -> None:
    for size1, size2 in ((0, 5), (6, 5), (-1, 5)):
        with pytest.raises(ProofRejected):
            merkle.consistency_proof(size1, size2, node)


def test_every_log_begins_with_the_empty_one() -> None:
    merkle.verify_consistency(0, EMPTY_ROOT, 5, naive_root(LEAVES[:5]), [])
    merkle.verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    for size2, root2, proof in ((5, LEAVES[0], [LEAVES[0]]), (0, LEAVES[0], [])):
        with pytest.raises(ProofRejected):
            merkle.verify_consistency(0, EMPTY_ROOT, size2, root2, proof)
    with pytest.raises(ProofRejected):
        merkle.verify_consistency(0, LEAVES[0], 5, LEAVES[1], [])


def test_a_proof_with_too_many_hashes_is_refused() -> None:
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(LEAVES[0], 0, 1, [LEAVES[0]] * 1000, LEAVES[0])


def test_a_proof_with_a_short_hash_is_refused() -> None:
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(LEAVES[0], 0, 2, [b"short"], LEAVES[0])


def test_leaf_hash_is_domain_separated() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])

"""ICS-23 vectors of sparse Merkle trees: the authenticated map is one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from muniment.core import authmap
from muniment.core.map_ics23 import InnerOp, existence_path, from_existence_path
from muniment.core.proof_errors import ProofRejected

VECTORS = Path(__file__).parent / "vectors" / "merkle_tlog" / "ics23_smt"
FILES = sorted(VECTORS.glob("*.json"))
#: Field numbers of proofs.proto.
EXIST, NONEXIST = 1, 2
LEAF_OP = bytes.fromhex("0801100118012a0100")


class Existence(NamedTuple):
    key: bytes
    value: bytes
    path: list[InnerOp]


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield field number and contents of a protobuf message (of varints, the bytes as they stand)."""
    at = 0
    while at < len(data):
        tag = data[at]
        number, at = varint(data, at + 1)
        if tag & 7 == 2:
            yield tag >> 3, data[at : at + number]
            at += number
        else:
            yield tag >> 3, bytes([number])


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def existence(data: bytes) -> Existence:
    parts = list(fields(data))
    single = dict(parts)
    assert single[3] == LEAF_OP
    path = []
    for number, item in parts:
        if number == 4:
            step = dict(fields(item))
            assert step[1] == b"\x01"
            path.append(InnerOp(step[2], step.get(3, b"")))
    return Existence(single[1], single[2], path)


def existences(name: str) -> tuple[bytes, bytes, list[Existence]]:
    """Return root, key, and the existence proofs in a vector: of the key itself, or of its neighbours."""
    case = json.loads((VECTORS / name).read_text())
    ((kind, body),) = fields(bytes.fromhex(case["proof"]))
    inner = [body] if kind == EXIST else [item for number, item in fields(body) if number in (2, 3)]
    return bytes.fromhex(case["root"]), bytes.fromhex(case["key"]), [existence(item) for item in inner]


def test_every_existence_proof_is_a_proof_of_the_map() -> None:
    ran = 0
    for file in FILES:
        root, _, found = existences(file.name)
        for one in found:
            proof = from_existence_path(one.path)
            authmap.verify_presence(root, one.key, one.value, proof)
            assert existence_path(authmap.key_hash(one.key), proof) == one.path
            ran += 1
    assert (len(FILES), ran) == (3, 3)


@pytest.mark.parametrize("name", ["nonexist_left.json", "nonexist_right.json"])
def test_an_absent_key_stands_beside_its_neighbour(name: str) -> None:
    root, key, (neighbour,) = existences(name)
    assert key != neighbour.key
    with pytest.raises(ProofRejected):
        authmap.verify_presence(root, key, neighbour.value, from_existence_path(neighbour.path))


@pytest.mark.parametrize(
    "step",
    [InnerOp(b"\x00", b"s" * 32), InnerOp(b"\x01", b"s" * 31), InnerOp(b"", b"s" * 32), InnerOp(b"\x01ss", b"s" * 30)],
)
def test_steps_of_other_trees_are_refused(step: InnerOp) -> None:
    with pytest.raises(ProofRejected):
        from_existence_path([step])


def test_proofs_of_the_map_are_existence_proofs() -> None:
    changes: dict[bytes, bytes | None] = {authmap.key_hash(b"%d" % n): authmap.value_hash(b"v") for n in range(100)}
    root, pages = authmap.update(lambda path: None, changes)
    for key in sorted(changes):
        path = existence_path(key, authmap.prove_hash(pages.get, key))
        authmap.verify_leaf(root, key, authmap.value_hash(b"v"), from_existence_path(path))

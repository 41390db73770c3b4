from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from muniment.core.codec import NotCanonical, NotDecodable, encode
from muniment.core.merkle import Frontier, inclusion_proof, root
from muniment.core.proof_errors import ProofRejected
from muniment.core.rows import (
    UNSALTED,
    Column,
    RowProof,
    decode_row,
    encode_row,
    row_leaf,
    row_leaves,
    row_proofs,
    schema_digest,
    verify_row,
)

ROWS = [b"zero", b"one", b"two", b"three", b"four"]
SALTS = [bytes((number,)) * 16 for number in range(5)]
LEAVES = row_leaves(SALTS, ROWS)
ROOT = root(LEAVES)


def proof_of(index: int) -> RowProof:
    levels = Frontier().extend(LEAVES)
    path = inclusion_proof(index, len(LEAVES), lambda level, at: levels[level][at])
    return RowProof(index, ROWS[index], SALTS[index], tuple(path))


def changed(**fields: object) -> RowProof:
    return msgspec.structs.replace(proof_of(1), **fields)


@pytest.mark.parametrize("index", range(5))
def test_every_row_is_proven(index: int) -> None:
    assert verify_row(ROOT, 5, proof_of(index)) == ROWS[index]


@pytest.mark.parametrize(
    "proof",
    [
        changed(row=b"One"),
        changed(index=2),
        changed(index=-1),
        changed(index=5),
        changed(salt=SALTS[2]),
        changed(salt=b""),
        changed(salt=SALTS[1] + b"o", row=b"ne"),
        changed(salt=SALTS[1][:-1], row=SALTS[1][-1:] + b"one"),
        changed(path=()),
        changed(path=(*proof_of(1).path, bytes(32))),
        changed(path=proof_of(1).path[::-1]),
        changed(path=(b"short",)),
        changed(path=(bytes(32),) * 100),
    ],
)
def test_a_changed_proof_is_rejected(proof: RowProof) -> None:
    with pytest.raises(ProofRejected):
        verify_row(ROOT, 5, proof)


@pytest.mark.parametrize("rows", [0, 1, 4, 1 << 64])
def test_a_proof_fits_one_number_of_rows(rows: int) -> None:
    with pytest.raises(ProofRejected):
        verify_row(ROOT, rows, proof_of(1))


def test_rows_without_salts_are_another_scheme() -> None:
    top = root([row_leaf(b"", b"public")])
    proof = RowProof(0, b"public", b"", ())
    assert verify_row(top, 1, proof, salts=UNSALTED) == b"public"
    with pytest.raises(ProofRejected):
        verify_row(top, 1, proof)
    with pytest.raises(ProofRejected):
        verify_row(ROOT, 5, proof_of(1), salts=UNSALTED)


def test_a_proof_travels_as_bytes() -> None:
    assert row_proofs.decode(encode(proof_of(3))) == proof_of(3)
    with pytest.raises((NotDecodable, NotCanonical)):
        row_proofs.decode(encode(proof_of(3)) + b"\x00")


def test_a_table_row_is_read_back() -> None:
    values = (None, True, -5, 1 << 63, 0.5, "é", b"\x00")
    assert decode_row(encode_row(values)) == values


@pytest.mark.parametrize(
    "row",
    [
        b"",
        b"\xc0",
        b"\x91",
        b"\x91\xc0\xc0",
        b"\x91\xcd\x00\x05",
        b"\x91\x91\xc0",
        b"\x91\x80",
        b"\x91\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\x91\xca\x3f\x80\x00\x00",
        b"\x91\xd6\xff\x00\x00\x00\x00",
        b"\x91\xa1\xff",
        b"\x91" * 10_000 + b"\xc0",
    ],
)
def test_bytes_that_are_no_table_row_are_rejected(row: bytes) -> None:
    with pytest.raises(ProofRejected):
        decode_row(row)


@pytest.mark.parametrize(
    "other",
    [
        lambda columns: columns[::-1],
        lambda columns: columns[:1],
        lambda columns: [columns[0], Column("b", "float")],
        lambda columns: [columns[0], Column("c", "int")],
    ],
)
def test_the_schema_digest_binds_names_kinds_and_order(other: Callable[[list[Column]], list[Column]]) -> None:
    columns = [Column("a", "str"), Column("b", "int")]
    assert len(schema_digest(columns)) == 32
    assert schema_digest(other(columns)) != schema_digest(columns)

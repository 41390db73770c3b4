"""A proof of a row that was tampered with in any way is rejected, or says exactly what the honest one says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.client.dataset import Dataset
from muniment.core.codec import NotCanonical, NotDecodable, encode
from muniment.core.errors import Rejected
from muniment.core.proof_errors import ProofRejected
from muniment.core.rows import RowProof, decode_row, row_proofs, verify_row

DATASET = Dataset.of([{"n": number, "s": "x" * number} for number in range(21)], secret=bytes(32))
PROOFS = [encode(DATASET.prove_row(index)) for index in range(DATASET.rows)]


def accepted(raw: bytes) -> RowProof | None:
    try:
        proof = row_proofs.decode(raw)
        verify_row(DATASET.root, DATASET.rows, proof)
    except Rejected:
        return None
    return proof


def test_honest_proofs_are_accepted() -> None:
    assert all(accepted(raw) for raw in PROOFS)


@settings(max_examples=200, deadline=None)
@given(index=st.integers(0, 20), at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_flipped_byte_is_found(index: int, at: int, flip: int) -> None:
    raw = bytearray(PROOFS[index])
    raw[at % len(raw)] ^= flip
    assert accepted(bytes(raw)) is None


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_decoded_or_rejected(raw: bytes) -> None:
    for read in (row_proofs.decode, decode_row):
        try:
            read(raw)
        except (NotDecodable, NotCanonical, ProofRejected):
            continue

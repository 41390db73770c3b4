"""Rows under a record: salted leaves, proofs of single rows, and the one byte form of a row of a table.

A record commits to its rows by the root of an RFC 9162 tree whose leaf data are `salt ‖ row`. Whoever is shown one
row, its salt and its path learns nothing of the other rows: their salts stay secret. `docs/records.md` is the
specification for other languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec

from muniment.core.codec import Codec, Named, encode
from muniment.core.merkle import MAX_HASHES, verify_inclusion
from muniment.core.proof_errors import ProofRejected

#: Length of the salt of a row.
SALT_BYTES = 16
#: Not salted: for public content only. Leaf data are the row alone.
UNSALTED = 0
#: Salt i is block i of AES-256 in counter mode under a key made from the master secret.
AES_SALTS = 1
SALT_SCHEMES: Final = (UNSALTED, AES_SALTS)
#: Longest row that is proven.
MAX_ROW_BYTES = 1 << 24

ROW = "row of the record"
_SCHEMA_DOMAIN = b"muniment row schema v1\0"

#: What a column holds; every kind also allows a missing value. See `docs/records.md`.
ColumnKind = Literal["null", "bool", "int", "float", "str", "bytes", "instant", "datetime", "date"]
COLUMN_KINDS: Final[tuple[str, ...]] = get_args(ColumnKind)
Value = None | bool | int | float | str | bytes


class Column(NamedTuple):
    """One column of a table: its name and what it holds."""

    name: str
    kind: ColumnKind


class RowProof(Named, frozen=True):
    """All that is needed to show one row of a record, and nothing about the others.

    Args:
        index: Which row, from 0.
        row: Its bytes.
        salt: 16 bytes; empty if the record is not salted.
        path: The hashes beside the way from the leaf to the root, lowest first.
    """

    index: int
    row: bytes
    salt: bytes
    path: tuple[bytes, ...]


row_proofs: Codec[RowProof] = Codec(RowProof, what="the proof of a row", limit_bytes=MAX_ROW_BYTES + 8192)
_values: msgspec.msgpack.Decoder[tuple[Any, ...]] = msgspec.msgpack.Decoder(tuple[Any, ...])
_PLAIN: Final = frozenset((type(None), bool, int, float, str, bytes))


def row_leaf(salt: bytes, row: bytes) -> bytes:
    """Return the leaf hash of a row: SHA-256(0x00 ‖ salt ‖ row)."""
    return sha256(b"\x00" + salt + row).digest()


def row_leaves(salts: Sequence[bytes], rows: Sequence[bytes]) -> list[bytes]:
    """Return the leaf hash of every row, in order."""
    return [sha256(b"\x00" + salt + row).digest() for salt, row in zip(salts, rows, strict=True)]


def verify_row(root: bytes, rows: int, proof: RowProof, *, salts: int = AES_SALTS) -> bytes:
    """Return the bytes of the row after checking that the record holds it.

    Args:
        root: Root of the record, 32 bytes.
        rows: How many rows the record has.
        proof: What is claimed.
        salts: Salt scheme of the record.

    Raises:
        ProofRejected: the record does not hold this row at this place, or the proof is malformed.
    """
    wanted = SALT_BYTES if salts else 0
    if len(proof.salt) != wanted:
        raise ProofRejected(what=ROW, reason=f"a salt of {len(proof.salt)} bytes instead of {wanted}")
    if len(proof.path) > MAX_HASHES:
        raise ProofRejected(what=ROW, reason=f"{len(proof.path)} hashes are too many")
    verify_inclusion(row_leaf(proof.salt, proof.row), proof.index, rows, proof.path, root)
    return proof.row


def schema_digest(columns: Sequence[Column]) -> bytes:
    """Return the 32 bytes a record says of its columns: their names and kinds, in order."""
    return sha256(_SCHEMA_DOMAIN + encode([[column.name, column.kind] for column in columns])).digest()


def encode_row(values: Sequence[Value]) -> bytes:
    """Return the bytes of a row of a table: the MessagePack array of its values, in the order of the columns."""
    return encode(tuple(values))


def decode_row(row: bytes) -> tuple[Value, ...]:
    """Return the values of a row of a table.

    Raises:
        ProofRejected: the bytes are not the one form of such a row.
    """
    try:
        values = _values.decode(row)
    except (msgspec.MsgspecError, RecursionError, OverflowError, UnicodeDecodeError) as err:
        raise ProofRejected(what=ROW, reason=f"its bytes are not those of a table row: {err}") from None
    for value in values:
        if type(value) not in _PLAIN or value != value:
            raise ProofRejected(what=ROW, reason=f"a value in it is a {type(value).__name__}")
    if encode(values) != row:
        raise ProofRejected(what=ROW, reason="its bytes are not in canonical form")
    return values

"""Sealed inputs: salted commitments to named fields, opened one by one or all together.

Every field is a leaf of a Merkle tree (RFC 9162 hashing): `leaf_hash(salt || msgpack [name, value])`, with a fresh
random salt of 16 bytes for every field of every decision. Without its salt a leaf says nothing about its value, so
that destroying the salts destroys what the ledger could reveal.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from muniment.core import merkle
from muniment.core.codec import Wire, encode
from muniment.core.errors import Rejected
from muniment.core.proof_errors import ProofRejected

#: Length of every salt.
SALT_BYTES = 16
#: Most fields one commitment covers.
MAX_FIELDS = 4_096

OPENING = "the opening of a sealed field"

_SUBJECT_DOMAIN = b"muniment subject v1\0"


class SaltMalformed(Rejected, code=48):
    """A salt that is too short to hide anything, or too long."""

    size_bytes: int
    expected_bytes: int
    text = "a salt has {size_bytes} bytes instead of {expected_bytes}"
    fix = "use 16 fresh random bytes for every field"


class FieldsUneven(Rejected, code=49):
    """Names, values and salts that do not belong together."""

    names: int
    values: int
    salts: int
    limit: int
    text = "{names} names, {values} values and {salts} salts, wanted the same number of each, 1 to {limit}"
    fix = "give one value (or nothing, where missing) and one salt for every field"


class FieldOpening(Wire, frozen=True):
    """One field laid open: what it is, and the path from its leaf to the commitment.

    Args:
        name: Name of the field.
        value: Its value, -2^63 to 2^64 - 1, None if missing.
        salt: 16 bytes.
        index: Its place among the fields.
        count: Number of fields.
        path: Hashes beside the way up, 32 bytes each, lowest first.
    """

    name: str
    value: int | None
    salt: bytes
    index: int
    count: int
    path: tuple[bytes, ...]


def field_leaf(name: str, value: int | None, salt: bytes) -> bytes:
    """Return the leaf hash that commits to one field.

    Raises:
        SaltMalformed: the salt is not 16 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise SaltMalformed(size_bytes=len(salt), expected_bytes=SALT_BYTES)
    return merkle.leaf_hash(salt + encode((name, value)))


def seal(names: Sequence[str], values: Sequence[int | None], salts: Sequence[bytes]) -> bytes:
    """Return the commitment to all fields: 32 bytes.

    Raises:
        FieldsUneven, SaltMalformed: the fields cannot be sealed.

    >>> seal(("amount", "age"), (1999, None), (bytes(16), bytes(15) + b"!")).hex()[:16]
    '21d24fc20d270508'
    """
    return merkle.root(_leaves(names, values, salts))


def open_field(
    names: Sequence[str], values: Sequence[int | None], salts: Sequence[bytes], *, index: int
) -> FieldOpening:
    """Return the opening of the field at `index`, which says nothing about the others but their number.

    Raises:
        FieldsUneven, SaltMalformed: the fields cannot be sealed.
        ProofRejected: there is no field at `index`.
    """
    rows = merkle.Frontier().extend(_leaves(names, values, salts))
    path = merkle.inclusion_proof(index, len(names), lambda level, at: rows[level][at])
    return FieldOpening(names[index], values[index], salts[index], index, len(names), tuple(path))


def check_field(opening: FieldOpening, commitment: bytes) -> None:
    """Check that `commitment` covers the opened field.

    Raises:
        ProofRejected: it does not, or the opening is malformed.
    """
    if len(opening.salt) != SALT_BYTES or opening.count > MAX_FIELDS:
        raise ProofRejected(what=OPENING, reason="the salt must have 16 bytes, and the fields be at most 4096")
    try:
        leaf = field_leaf(opening.name, opening.value, opening.salt)
    except (OverflowError, UnicodeEncodeError):
        # What JSON and memory can hold and MessagePack cannot: no such field can have been sealed.
        raise ProofRejected(what=OPENING, reason="its value or name is none that can be sealed") from None
    merkle.verify_inclusion(leaf, opening.index, opening.count, opening.path, commitment)


def check_fields(openings: Sequence[FieldOpening], commitment: bytes, *, count: int) -> None:
    """Check that `commitment` covers all these fields out of `count`, no two under one name or at one place.

    Raises:
        ProofRejected: it does not.
    """
    for opening in openings:
        # A path can fit trees of several sizes, so that the number of fields has to come from elsewhere.
        if opening.count != count:
            raise ProofRejected(what=OPENING, reason=f"it is out of {opening.count} fields, {count} were sealed")
        check_field(opening, commitment)
    for kept in ({opening.name for opening in openings}, {opening.index for opening in openings}):
        if len(kept) != len(openings):
            raise ProofRejected(what=OPENING, reason="two fields share a name or a place")


def subject_commitment(account: bytes, salt: bytes) -> bytes:
    """Return the commitment to whom a decision is about: it hides the account from everyone without the salt.

    Args:
        account: Account id, 32 bytes.
        salt: 16 fresh random bytes, given to the subject.

    Raises:
        SaltMalformed: the salt is not 16 bytes.
    """
    if len(salt) != SALT_BYTES:
        raise SaltMalformed(size_bytes=len(salt), expected_bytes=SALT_BYTES)
    return sha256(_SUBJECT_DOMAIN + salt + account).digest()


def _leaves(names: Sequence[str], values: Sequence[int | None], salts: Sequence[bytes]) -> list[bytes]:
    if not 1 <= len(names) == len(values) == len(salts) <= MAX_FIELDS:
        raise FieldsUneven(names=len(names), values=len(values), salts=len(salts), limit=MAX_FIELDS)
    return [field_leaf(*field) for field in zip(names, values, salts, strict=True)]

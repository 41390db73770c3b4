"""Signature suites: their ids, names, sizes, and what can be wrong with a key.

The suite id is one byte of every digest that is signed, so a signature of one suite is never one of another.
"""

from __future__ import annotations

from typing import NamedTuple

from muniment.core.errors import Rejected

ED25519 = 1
ML_DSA_65 = 2
DUAL = 3


class Suite(NamedTuple):
    """One way to sign.

    Args:
        id: The byte that names it in signed bytes, keys and envelopes.
        name: The word that names it to people.
        key_bytes: Length of a public key.
        signature_bytes: Length of a signature.
        seed_bytes: Length of the private key: one 32-byte seed per algorithm.
    """

    id: int
    name: str
    key_bytes: int
    signature_bytes: int
    seed_bytes: int


#: Every suite by its id. Ids are never reused.
SUITES = {
    ED25519: Suite(ED25519, "ed25519", key_bytes=32, signature_bytes=64, seed_bytes=32),
    ML_DSA_65: Suite(ML_DSA_65, "ml-dsa-65", key_bytes=1952, signature_bytes=3309, seed_bytes=32),
    DUAL: Suite(DUAL, "dual", key_bytes=32 + 1952, signature_bytes=64 + 3309, seed_bytes=32 + 32),
}

_by_name = {suite.name: suite for suite in SUITES.values()}


class KeyMalformed(Rejected, code=40):
    """Bytes that are not a public key of the suite: wrong length or not on the curve."""

    suite: str
    reason: str
    text = "this is not a public key of suite {suite}: {reason}"
    fix = "send the key exactly as the wallet shows it, and name the suite it was made for"


class KeyWeak(Rejected, code=41):
    """A key that is well formed and yet unsafe: others can sign for it, or verifiers disagree on it."""

    suite: str
    reason: str
    text = "this public key of suite {suite} is unsafe: {reason}"
    fix = "make a new key with a sound generator: `muniment keys create`"


class SuiteUnknown(Rejected, code=42):
    """A suite that this ledger does not know, by id or by name."""

    suite: str
    text = "signature suite {suite} is not known"
    fix = "use 1 (ed25519), 2 (ml-dsa-65) or 3 (dual: both)"


def suite_of(suite: int) -> Suite:
    """Return the suite with this id.

    Raises:
        SuiteUnknown: there is none.

    >>> suite_of(3).name
    'dual'
    """
    found = SUITES.get(suite)
    if found is None:
        raise SuiteUnknown(suite=str(suite))
    return found


def suite_named(name: str) -> Suite:
    """Return the suite with this name.

    Raises:
        SuiteUnknown: there is none.

    >>> suite_named("ml-dsa-65").id
    2
    """
    found = _by_name.get(name)
    if found is None:
        raise SuiteUnknown(suite=repr(name))
    return found


def check_length(suite: Suite, key: bytes) -> None:
    """Refuse a public key whose length is not the one of `suite`."""
    if len(key) != suite.key_bytes:
        raise KeyMalformed(suite=suite.name, reason=f"{len(key)} bytes instead of {suite.key_bytes}")

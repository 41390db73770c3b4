"""Public keys, signatures and account ids: what anybody needs in order to verify.

Creating keys and signing takes secrets and randomness, and so lives in `muniment.client.wallet`.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from muniment.core import ed25519, mldsa
from muniment.core.bech32 import Bech32Malformed, decode_bech32m, encode_bech32m
from muniment.core.errors import Rejected
from muniment.core.suites import (
    DUAL,
    ED25519,
    ML_DSA_65,
    SUITES,
    KeyMalformed,
    KeyWeak,
    SuiteUnknown,
    check_length,
    suite_named,
    suite_of,
)

__all__ = [
    "ACCOUNT_BYTES",
    "ACCOUNT_HRP",
    "DUAL",
    "ED25519",
    "ML_DSA_65",
    "SUITES",
    "AccountIdMalformed",
    "KeyMalformed",
    "KeyWeak",
    "SuiteUnknown",
    "account_id",
    "check_key",
    "decode_account",
    "encode_account",
    "first_invalid",
    "is_valid",
    "suite_named",
    "suite_of",
    "verify_many",
]

#: What a signature is checked from: suite id, public key, digest, signature.
Signed = tuple[int, bytes, bytes, bytes]

ACCOUNT_BYTES = 32
#: The human-readable prefix of an account id.
ACCOUNT_HRP = "mun"

_ACCOUNT_DOMAIN = b"muniment account v1\0"
_ED_KEY = SUITES[ED25519].key_bytes
_ED_SIGNATURE = SUITES[ED25519].signature_bytes


class AccountIdMalformed(Rejected, code=43):
    """A text or bytes that cannot be an account id."""

    account: str
    reason: str
    text = "{account!r} is not an account id: {reason}"
    fix = "an account id starts with mun1 and has 62 characters; copy it again from where it was shown"


def check_key(suite: int, key: bytes) -> None:
    """Refuse a public key that must not be registered.

    Raises:
        SuiteUnknown: no suite has this id.
        KeyMalformed: wrong length, or not a point of the curve.
        KeyWeak: of small order or with a component of small order.
    """
    check_length(suite_of(suite), key)
    if suite == ED25519:
        ed25519.check_key(key)
    elif suite == ML_DSA_65:
        mldsa.check_key(key)
    else:
        ed25519.check_key(key[:_ED_KEY])
        mldsa.check_key(key[_ED_KEY:])


def is_valid(suite: int, key: bytes, digest: bytes, signature: bytes) -> bool:
    """Answer whether `signature` of `digest` is valid under `key`; an unknown suite has no valid signature.

    The digest must bind the suite id (`docs/keys.md`): this function cannot know what it was made from.

    Args:
        suite: 1 Ed25519, 2 ML-DSA-65, 3 both, of which each must be valid.
        key: 32, 1952 or 32 + 1952 bytes, a key that passed `check_key`.
        digest: What was signed.
        signature: 64, 3309 or 64 + 3309 bytes.
    """
    if suite == ED25519:
        return ed25519.is_valid(key, digest, signature)
    if suite == ML_DSA_65:
        return mldsa.is_valid(key, digest, signature)
    if suite == DUAL:
        return ed25519.is_valid(key[:_ED_KEY], digest, signature[:_ED_SIGNATURE]) and mldsa.is_valid(
            key[_ED_KEY:], digest, signature[_ED_SIGNATURE:]
        )
    return False


def verify_many(items: Iterable[Signed]) -> list[bool]:
    """Answer `is_valid` for each item, in order.

    Meant for a thread with a chunk of a few hundred: nearly all of its time is spent outside the interpreter
    lock.
    """
    ed25519_valid = ed25519.is_valid
    return [
        ed25519_valid(key, digest, signature) if suite == ED25519 else is_valid(suite, key, digest, signature)
        for suite, key, digest, signature in items
    ]


def first_invalid(items: Iterable[Signed]) -> int | None:
    """Return the place of the first item whose signature is not valid; none gives None."""
    return next((place for place, item in enumerate(items) if not is_valid(*item)), None)


def account_id(suite: int, key: bytes) -> bytes:
    r"""Return the id that the first key of an account gives it: it certifies itself, nobody assigns it.

    Later keys (rotation, suite upgrade) leave the id as it is.

    Returns:
        32 bytes, SHA-256("muniment account v1\0" ‖ suite byte ‖ key).

    Raises:
        SuiteUnknown: no suite has this id.
        KeyMalformed: the key is too long or too short for its suite.
    """
    check_length(suite_of(suite), key)
    return sha256(_ACCOUNT_DOMAIN + bytes((suite,)) + key).digest()


def encode_account(account: bytes) -> str:
    """Return the text form of an account id: bech32m, 62 characters, `mun1...`.

    Raises:
        AccountIdMalformed: it is not 32 bytes long.

    >>> encode_account(bytes(32))
    'mun1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqeu08ug'
    """
    if len(account) != ACCOUNT_BYTES:
        raise AccountIdMalformed(account=account.hex(), reason=f"{len(account)} bytes instead of {ACCOUNT_BYTES}")
    return encode_bech32m(ACCOUNT_HRP, account)


def decode_account(text: str) -> bytes:
    """Return the 32 bytes of an account id given as text.

    Raises:
        AccountIdMalformed: and why.
    """
    try:
        account = decode_bech32m(ACCOUNT_HRP, text)
    except Bech32Malformed as err:
        raise AccountIdMalformed(account=err.text_given, reason=err.reason) from None
    if len(account) != ACCOUNT_BYTES:
        raise AccountIdMalformed(account=text, reason=f"{len(account)} bytes instead of {ACCOUNT_BYTES}")
    return account

"""Pure rules of accounts: ids, bounds, what a rotation signs, and which suite may follow which."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from muniment.core.keys import ACCOUNT_BYTES, ED25519, AccountIdMalformed, account_id, check_key, encode_account
from muniment.modules.accounts.errors import AccountTextTooLong

_ROTATION_DOMAIN = b"muniment key rotation v1\0"


def rotation_digest(account: bytes, *, old: tuple[int, bytes], new: tuple[int, bytes]) -> bytes:
    """Return what the new key signs to show that whoever binds it holds it.

    No chain id is part of it: a rotation also needs the signature of the transaction, which has one.

    Args:
        account: Account id, 32 bytes.
        old: Suite and key to be replaced.
        new: Suite and key to come.
    """
    keys = b"".join(bytes((suite,)) + sha256(key).digest() for suite, key in (old, new))
    return sha256(_ROTATION_DOMAIN + account + keys).digest()


def is_downgrade(old_suite: int, suite: int) -> bool:
    """Answer whether `suite` lacks an algorithm of `old_suite`: suite ids are sets of bits, 3 = 1 and 2.

    >>> is_downgrade(3, 1), is_downgrade(1, 2), is_downgrade(1, 3)
    (True, True, False)
    """
    return bool(old_suite & ~suite)


def own_account(suite: int, key: bytes) -> bytes:
    """Return the account that a key certifies by itself; a memo of a pure function, for the hot path.

    Raises:
        SuiteUnknown, KeyMalformed, KeyWeak: the key must not be used.
    """
    return _own_short(suite, key) if suite == ED25519 else _own_long(suite, key)


def check_account(account: bytes) -> None:
    """Raise `AccountIdMalformed` unless `account` has the length of an account id."""
    if len(account) != ACCOUNT_BYTES:
        raise AccountIdMalformed(account=account[:64].hex(), reason=f"{len(account)} bytes instead of {ACCOUNT_BYTES}")


def check_text(field: str, text: str, *, limit_bytes: int) -> None:
    """Raise `AccountTextTooLong` if `text` is too long or holds an ASCII control character."""
    size = len(text.encode())
    if size > limit_bytes or any(char < " " or char == "\x7f" for char in text):
        raise AccountTextTooLong(field=field, size_bytes=size, limit_bytes=limit_bytes)


def shown(account: bytes) -> str:
    """Return the text form of an account for a message to people."""
    return encode_account(account)


def _checked_id(suite: int, key: bytes) -> bytes:
    check_key(suite, key)
    return account_id(suite, key)


# Checking a key costs 32 us, so many are remembered; keys with a post-quantum part are 2 KB each, so fewer of them.
_own_short = lru_cache(maxsize=1 << 16)(_checked_id)
_own_long = lru_cache(maxsize=1 << 12)(_checked_id)

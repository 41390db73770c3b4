"""Where accounts lie in the map: the only file that touches it."""

from __future__ import annotations

from muniment.core.state import Overlay, Reader, Table
from muniment.modules.accounts.types import Account, Mode, Registration

_accounts: Table[Account] = Table(b"Aa", Account)
_registration: Table[Registration] = Table(b"Ar", Registration)
_sequences: Table[int] = Table(b"As", int)

_DEFAULT = Registration(Mode.OPEN, ())


def account(reader: Reader, identity: bytes) -> Account | None:
    """Return what is kept of an account; None for one that only its key certifies."""
    return _accounts.get(reader, identity)


def put_account(overlay: Overlay, identity: bytes, value: Account) -> None:
    """Write what is kept of an account."""
    _accounts.put(overlay, identity, value)


def registration(reader: Reader) -> Registration:
    """Return who may have an account and who the admins are."""
    return _registration.get(reader) or _DEFAULT


def put_registration(overlay: Overlay, value: Registration) -> None:
    """Write who may have an account and who the admins are."""
    _registration.put(overlay, b"", value)


def last_sequence(reader: Reader, identity: bytes) -> int:
    """Return the number of the latest ordered transaction of an account, 0 if there was none."""
    return _sequences.get(reader, identity) or 0


def put_sequence(overlay: Overlay, identity: bytes, last: int) -> None:
    """Write the number of the latest ordered transaction of an account."""
    _sequences.put(overlay, identity, last)

"""What the accounts module keeps, and its bounds."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from muniment.core.codec import Wire

#: Longest display name and longest reason, in bytes of UTF-8.
MAX_NAME_BYTES = 120
MAX_REASON_BYTES = 400
#: Most admins a ledger has.
MAX_ADMINS = 64


class Mode(StrEnum):
    """Who may have an account: anybody with a key, or whom an admin registered."""

    OPEN = "open"
    ADMIN = "admin"


class Account(Wire, frozen=True):
    """What the map holds of an account that was registered, rotated or revoked.

    Args:
        suite: Suite of the current key; 0 if an admin revoked an account the ledger had never seen.
        key: The current key; empty with suite 0.
        name: Display name, empty if none; nothing vouches for it on an open ledger.
        rotations: How often the key was replaced.
        since_ms: When the current key or the revocation took effect, Unix milliseconds.
        revoked: Nothing is accepted from it any more.
    """

    suite: int
    key: bytes
    name: str
    rotations: int
    since_ms: int
    revoked: bool


class Registration(Wire, frozen=True):
    """Who may have an account, and who decides; admins are account ids, sorted."""

    mode: Mode
    admins: tuple[bytes, ...]


class AccountView(msgspec.Struct, frozen=True):
    """An account as a query shows it.

    Args:
        account: Its id.
        status: "self-certified" (nothing kept of it: the key of its id signs), "active" or "revoked".
        suite: Suite of the current key, 0 if the ledger does not know it.
        key: The current key, empty if the ledger does not know it.
        name: Display name, empty if none.
        rotations: How often the key was replaced.
        since_ms: When the current key or the revocation took effect; 0 if nothing is kept.
        next_sequence: The number its next ordered transaction must carry.
        is_admin: It is one of the admins.
    """

    account: bytes
    status: str
    suite: int
    key: bytes
    name: str
    rotations: int
    since_ms: int
    next_sequence: int
    is_admin: bool

"""What happened to accounts."""

from __future__ import annotations

from muniment.core.codec import Named


class AccountRegistered(Named, frozen=True):
    """An account was registered."""

    account: bytes
    suite: int
    key: bytes
    name: str
    by: bytes


class KeyRotated(Named, frozen=True):
    """An account has another key from the next transaction on; `rotations` counts from 1."""

    account: bytes
    suite: int
    key: bytes
    rotations: int
    by: bytes


class AccountRevoked(Named, frozen=True):
    """Nothing is accepted from an account any more."""

    account: bytes
    reason: str
    by: bytes


class AdminAdded(Named, frozen=True):
    """An account became an admin."""

    account: bytes
    by: bytes


class AdminRemoved(Named, frozen=True):
    """An admin became an ordinary account."""

    account: bytes
    by: bytes

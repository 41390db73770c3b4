"""What can be asked of the accounts module."""

from __future__ import annotations

from muniment.core.codec import Wire


class RegisterAccount(Wire, frozen=True, tag="accounts.register"):
    """Register the account whose first key this is.

    On an open ledger the account itself may, to publish a name; on a closed one only an admin.

    Args:
        suite: Suite of the key.
        key: The key; the account id follows from it.
        name: Display name, at most 120 bytes of UTF-8, may be empty.
    """

    suite: int
    key: bytes
    name: str = ""


class RotateKey(Wire, frozen=True, tag="accounts.rotate"):
    """Replace the key of an account; its id stays. With suite 3 this is the upgrade to dual signatures.

    Args:
        account: Whose key; the sender, or on a closed ledger any account if an admin sends it.
        old_suite: Suite of the key to be replaced.
        old_key: The key to be replaced, which must be the current one.
        suite: Suite of the new key; without an admin it must keep every algorithm of the old one.
        key: The new key.
        proof: Signature by the new key over `rules.rotation_digest`: nobody binds a key they do not hold.
    """

    account: bytes
    old_suite: int
    old_key: bytes
    suite: int
    key: bytes
    proof: bytes


class RevokeAccount(Wire, frozen=True, tag="accounts.revoke"):
    """Accept nothing from an account any more, for ever. By itself or by an admin.

    Args:
        account: Which.
        reason: Why, at most 400 bytes of UTF-8; say nothing about a person.
    """

    account: bytes
    reason: str = ""


class AddAdmin(Wire, frozen=True, tag="accounts.add_admin"):
    """Make an account an admin. By an admin."""

    account: bytes


class RemoveAdmin(Wire, frozen=True, tag="accounts.remove_admin"):
    """Make an admin an ordinary account. By an admin; the last one stays."""

    account: bytes

"""What can be read about accounts."""

from __future__ import annotations

from muniment.core.state import Reader
from muniment.modules.accounts import rules, state
from muniment.modules.accounts.errors import AccountNotRegistered
from muniment.modules.accounts.rules import shown
from muniment.modules.accounts.types import AccountView, Mode, Registration


def account(reader: Reader, *, account: bytes) -> AccountView:
    """Return an account: what is kept of it, or that its key alone certifies it.

    Rejects:
        AccountIdMalformed: it is not 32 bytes long.
        AccountNotRegistered: the ledger is closed and does not know it.
    """
    rules.check_account(account)
    registration = state.registration(reader)
    kept = state.account(reader, account)
    is_admin = account in registration.admins
    following = state.last_sequence(reader, account) + 1
    if kept is None:
        if registration.mode is Mode.ADMIN and not is_admin:
            raise AccountNotRegistered(account=shown(account))
        return AccountView(account, "self-certified", 0, b"", "", 0, 0, following, is_admin)
    status = "revoked" if kept.revoked else "active"
    name, rotations, since = kept.name, kept.rotations, kept.since_ms
    return AccountView(account, status, kept.suite, kept.key, name, rotations, since, following, is_admin)


def registration(reader: Reader) -> Registration:
    """Return who may have an account, and the admins."""
    return state.registration(reader)


def is_active(reader: Reader, account: bytes) -> bool:
    """Answer whether transactions of an account can be accepted: a port for other modules."""
    kept = state.account(reader, account)
    if kept is not None:
        return not kept.revoked
    found = state.registration(reader)
    return found.mode is Mode.OPEN or account in found.admins


def is_admin(reader: Reader, account: bytes) -> bool:
    """Answer whether an account is an admin: a port for other modules."""
    return account in state.registration(reader).admins

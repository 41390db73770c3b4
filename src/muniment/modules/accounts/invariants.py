"""What always holds of accounts."""

from __future__ import annotations

from muniment.core.errors import Halted
from muniment.core.state import Reader
from muniment.modules.accounts import state
from muniment.modules.accounts.types import MAX_ADMINS, Mode

_RECOVER = "do not go on with this ledger: audit it, and restore the last block that passes"


def admins_are_distinct_and_not_too_many(reader: Reader) -> None:
    """The admins are sorted and distinct; a closed ledger has at least one."""
    found = state.registration(reader)
    least = 1 if found.mode is Mode.ADMIN else 0
    if list(found.admins) != sorted(set(found.admins)) or not least <= len(found.admins) <= MAX_ADMINS:
        raise Halted(f"the list of {len(found.admins)} admins is broken", recover=_RECOVER)


def no_admin_is_revoked(reader: Reader) -> None:
    """Every admin can act."""
    for admin in state.registration(reader).admins:
        kept = state.account(reader, admin)
        if kept is not None and kept.revoked:
            raise Halted(f"admin {admin.hex()} is revoked", recover=_RECOVER)

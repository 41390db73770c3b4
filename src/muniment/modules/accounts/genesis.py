"""The first state of accounts."""

from __future__ import annotations

import msgspec

from muniment.core.keys import decode_account
from muniment.core.module import Context
from muniment.modules.accounts import state
from muniment.modules.accounts.errors import GenesisWithoutAdmin
from muniment.modules.accounts.types import MAX_ADMINS, Mode, Registration


class AccountsGenesis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The accounts part of a genesis file.

    Args:
        registration: "open": any key is an account; "admin": only those an admin registered.
        admins: Account ids in their text form; they need no registration themselves.
    """

    registration: Mode = Mode.OPEN
    admins: tuple[str, ...] = ()


def genesis(ctx: Context, part: AccountsGenesis | None) -> None:
    """Write who may have an account; an open ledger without admins if the genesis says nothing.

    Rejects:
        AccountIdMalformed, GenesisWithoutAdmin: the admins are not 1 to 64 different accounts (none is fine if open).
    """
    part = part or AccountsGenesis()
    admins = tuple(sorted({decode_account(text) for text in part.admins}))
    needed = 1 if part.registration is Mode.ADMIN else 0
    if len(admins) != len(part.admins) or not needed <= len(admins) <= MAX_ADMINS:
        raise GenesisWithoutAdmin(admins=len(admins), limit=MAX_ADMINS)
    state.put_registration(ctx.store, Registration(part.registration, admins))

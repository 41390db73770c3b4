"""The accounts module, wired."""

from __future__ import annotations

from muniment.core.module import Module
from muniment.modules.accounts import handlers, invariants, queries
from muniment.modules.accounts.authority import authorize
from muniment.modules.accounts.errors import ERRORS
from muniment.modules.accounts.events import (
    AccountRegistered,
    AccountRevoked,
    AdminAdded,
    AdminRemoved,
    KeyRotated,
)
from muniment.modules.accounts.genesis import AccountsGenesis, genesis
from muniment.modules.accounts.messages import AddAdmin, RegisterAccount, RemoveAdmin, RevokeAccount, RotateKey


def module() -> Module:
    """Return the accounts module; it needs no other, and is the one that authorises."""
    return Module(
        name="accounts",
        handlers={
            RegisterAccount: handlers.register_account,
            RotateKey: handlers.rotate_key,
            RevokeAccount: handlers.revoke_account,
            AddAdmin: handlers.add_admin,
            RemoveAdmin: handlers.remove_admin,
        },
        events=(AccountRegistered, KeyRotated, AccountRevoked, AdminAdded, AdminRemoved),
        errors=ERRORS,
        queries={"account": queries.account, "registration": queries.registration},
        invariants={
            "the admins are distinct and not too many": invariants.admins_are_distinct_and_not_too_many,
            "no admin is revoked": invariants.no_admin_is_revoked,
        },
        genesis=genesis,
        genesis_type=AccountsGenesis,
        authorize=authorize,
    )

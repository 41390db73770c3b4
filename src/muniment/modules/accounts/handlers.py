"""What each message does."""

from __future__ import annotations

import msgspec

from muniment.core.keys import account_id, check_key, is_valid
from muniment.core.module import Context
from muniment.core.state import Reader
from muniment.modules.accounts import rules, state
from muniment.modules.accounts.errors import (
    AccountIsRevoked,
    AccountKnown,
    AccountNotRegistered,
    AdminKnown,
    AdminNotRevocable,
    AdminUnknown,
    KeyNotProven,
    KeyUnchanged,
    LastAdmin,
    NotAdmin,
    NotOwnAccount,
    OldKeyWrong,
    SuiteDowngraded,
    TooManyAdmins,
)
from muniment.modules.accounts.events import (
    AccountRegistered,
    AccountRevoked,
    AdminAdded,
    AdminRemoved,
    KeyRotated,
)
from muniment.modules.accounts.messages import AddAdmin, RegisterAccount, RemoveAdmin, RevokeAccount, RotateKey
from muniment.modules.accounts.rules import shown
from muniment.modules.accounts.types import (
    MAX_ADMINS,
    MAX_NAME_BYTES,
    MAX_REASON_BYTES,
    Account,
    Mode,
    Registration,
)


def register_account(ctx: Context, msg: RegisterAccount) -> bytes:
    """Register an account under the id its first key gives it; return the id.

    Rejects:
        SuiteUnknown, KeyMalformed, KeyWeak: the key must not be used.
        AccountTextTooLong: the name is.
        NotAdmin: the ledger is closed and the sender no admin.
        NotOwnAccount: the ledger is open and the key is not that of the sender's id.
        AccountKnown, AccountIsRevoked: the account is kept already.
    """
    check_key(msg.suite, msg.key)
    rules.check_text("name", msg.name, limit_bytes=MAX_NAME_BYTES)
    account = account_id(msg.suite, msg.key)
    _check_may_register(ctx, account)
    if _kept(ctx.store, account) is not None:
        raise AccountKnown(account=shown(account))
    value = Account(msg.suite, msg.key, msg.name, rotations=0, since_ms=ctx.time_ms, revoked=False)
    state.put_account(ctx.store, account, value)
    ctx.emit(AccountRegistered(account, msg.suite, msg.key, msg.name, ctx.sender))
    return account


def rotate_key(ctx: Context, msg: RotateKey) -> None:
    """Replace the key of an account from the next transaction on.

    Rejects:
        AccountIdMalformed, SuiteUnknown, KeyMalformed, KeyWeak: the account or a key is not one.
        NotOwnAccount: it is another's account, and the sender is not an admin of a closed ledger.
        AccountNotRegistered, AccountIsRevoked: the account has no key to replace.
        OldKeyWrong, KeyUnchanged, SuiteDowngraded, KeyNotProven: as their texts say.
    """
    rules.check_account(msg.account)
    by_admin = _is_authority(ctx)
    if msg.account != ctx.sender and not by_admin:
        raise NotOwnAccount(account=shown(msg.account), sender=shown(ctx.sender))
    current = _current(ctx, msg)
    _check_new_key(msg, by_admin=by_admin)
    value = msgspec.structs.replace(
        current, suite=msg.suite, key=msg.key, rotations=current.rotations + 1, since_ms=ctx.time_ms
    )
    state.put_account(ctx.store, msg.account, value)
    ctx.emit(KeyRotated(msg.account, msg.suite, msg.key, value.rotations, ctx.sender))


def revoke_account(ctx: Context, msg: RevokeAccount) -> None:
    """Accept nothing from an account any more.

    Rejects:
        AccountIdMalformed, AccountTextTooLong: the account is not one, the reason is too long.
        NotOwnAccount: it is another's account and the sender no admin.
        AdminNotRevocable: it is an admin.
        AccountNotRegistered: the ledger is closed and does not know it.
        AccountIsRevoked: it is revoked already.
    """
    rules.check_account(msg.account)
    rules.check_text("reason", msg.reason, limit_bytes=MAX_REASON_BYTES)
    registration = state.registration(ctx.store)
    if msg.account != ctx.sender and ctx.sender not in registration.admins:
        raise NotOwnAccount(account=shown(msg.account), sender=shown(ctx.sender))
    if msg.account in registration.admins:
        raise AdminNotRevocable(account=shown(msg.account))
    current = _kept(ctx.store, msg.account)
    if current is None and registration.mode is Mode.ADMIN:
        raise AccountNotRegistered(account=shown(msg.account))
    kept = current or Account(0, b"", "", rotations=0, since_ms=0, revoked=False)
    state.put_account(ctx.store, msg.account, msgspec.structs.replace(kept, revoked=True, since_ms=ctx.time_ms))
    ctx.emit(AccountRevoked(msg.account, msg.reason, ctx.sender))


def add_admin(ctx: Context, msg: AddAdmin) -> None:
    """Make an account an admin.

    Rejects:
        NotAdmin, AccountIdMalformed, AdminKnown, TooManyAdmins: as their texts say.
        AccountNotRegistered, AccountIsRevoked: the account could not act.
    """
    registration = _registration_for_admin(ctx, msg.account)
    if msg.account in registration.admins:
        raise AdminKnown(account=shown(msg.account))
    if len(registration.admins) >= MAX_ADMINS:
        raise TooManyAdmins(limit=MAX_ADMINS)
    if _kept(ctx.store, msg.account) is None and registration.mode is Mode.ADMIN:
        raise AccountNotRegistered(account=shown(msg.account))
    admins = tuple(sorted((*registration.admins, msg.account)))
    state.put_registration(ctx.store, Registration(registration.mode, admins))
    ctx.emit(AdminAdded(msg.account, ctx.sender))


def remove_admin(ctx: Context, msg: RemoveAdmin) -> None:
    """Make an admin an ordinary account.

    Rejects:
        NotAdmin, AccountIdMalformed, AdminUnknown, LastAdmin: as their texts say.
    """
    registration = _registration_for_admin(ctx, msg.account)
    if msg.account not in registration.admins:
        raise AdminUnknown(account=shown(msg.account))
    if len(registration.admins) == 1:
        raise LastAdmin(account=shown(msg.account))
    admins = tuple(admin for admin in registration.admins if admin != msg.account)
    state.put_registration(ctx.store, Registration(registration.mode, admins))
    ctx.emit(AdminRemoved(msg.account, ctx.sender))


def _check_may_register(ctx: Context, account: bytes) -> None:
    registration = state.registration(ctx.store)
    if ctx.sender in registration.admins:
        return
    if registration.mode is Mode.ADMIN:
        raise NotAdmin(account=shown(ctx.sender))
    if account != ctx.sender:
        raise NotOwnAccount(account=shown(account), sender=shown(ctx.sender))


def _registration_for_admin(ctx: Context, account: bytes) -> Registration:
    rules.check_account(account)
    registration = state.registration(ctx.store)
    if ctx.sender not in registration.admins:
        raise NotAdmin(account=shown(ctx.sender))
    return registration


def _is_authority(ctx: Context) -> bool:
    # On an open ledger keys belong to their holders alone; on a closed one the admins vouch for who holds what.
    registration = state.registration(ctx.store)
    return registration.mode is Mode.ADMIN and ctx.sender in registration.admins


def _kept(reader: Reader, account: bytes) -> Account | None:
    kept = state.account(reader, account)
    if kept is not None and kept.revoked:
        raise AccountIsRevoked(account=shown(account), since_ms=kept.since_ms)
    return kept


def _current(ctx: Context, msg: RotateKey) -> Account:
    current = _kept(ctx.store, msg.account)
    if current is None:
        if rules.own_account(msg.old_suite, msg.old_key) != msg.account:
            raise OldKeyWrong(account=shown(msg.account))
        if msg.account != ctx.sender:
            raise AccountNotRegistered(account=shown(msg.account))
        return Account(msg.old_suite, msg.old_key, "", rotations=0, since_ms=ctx.time_ms, revoked=False)
    if (current.suite, current.key) != (msg.old_suite, msg.old_key):
        raise OldKeyWrong(account=shown(msg.account))
    return current


def _check_new_key(msg: RotateKey, *, by_admin: bool) -> None:
    account, old, new = msg.account, (msg.old_suite, msg.old_key), (msg.suite, msg.key)
    check_key(msg.suite, msg.key)
    if new == old:
        raise KeyUnchanged(account=shown(account))
    if rules.is_downgrade(msg.old_suite, msg.suite) and not by_admin:
        raise SuiteDowngraded(account=shown(account), old_suite=msg.old_suite, suite=msg.suite)
    if not is_valid(msg.suite, msg.key, rules.rotation_digest(account, old=old, new=new), msg.proof):
        raise KeyNotProven(account=shown(account), suite=msg.suite)

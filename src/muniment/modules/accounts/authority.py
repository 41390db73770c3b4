"""Who may sign for whom: runs for every transaction, before its messages."""

from __future__ import annotations

from typing import Any

from muniment.core.state import Overlay
from muniment.modules.accounts import state
from muniment.modules.accounts.errors import (
    AccountIsRevoked,
    AccountNotRegistered,
    KeyNotAuthorised,
    SequenceOutOfOrder,
)
from muniment.modules.accounts.rules import own_account, shown
from muniment.modules.accounts.types import Account, Mode


def authorize(store: Overlay, payload: Any, suite: int, key: bytes, _time_ms: int) -> None:
    """Let a transaction pass if `key` is the current key of its sender, and it is the next if it wants an order.

    Raises:
        KeyNotAuthorised, AccountNotRegistered, AccountIsRevoked, SequenceOutOfOrder: as their texts say.
        SuiteUnknown, KeyMalformed, KeyWeak: the key must not be used.
    """
    sender = payload.sender
    account = state.account(store, sender)
    if account is not None:
        _check_registered(account, sender, suite=suite, key=key)
    else:
        if own_account(suite, key) != sender:
            raise KeyNotAuthorised(account=shown(sender), suite=suite)
        registration = state.registration(store)
        if registration.mode is not Mode.OPEN and sender not in registration.admins:
            raise AccountNotRegistered(account=shown(sender))
    if payload.sequence is not None:
        _take_sequence(store, sender, payload.sequence)


def _check_registered(account: Account, sender: bytes, *, suite: int, key: bytes) -> None:
    if account.revoked:
        raise AccountIsRevoked(account=shown(sender), since_ms=account.since_ms)
    if account.key != key or account.suite != suite:
        raise KeyNotAuthorised(account=shown(sender), suite=suite)


def _take_sequence(store: Overlay, sender: bytes, given: int) -> None:
    expected = state.last_sequence(store, sender) + 1
    if given != expected:
        raise SequenceOutOfOrder(account=shown(sender), given=given, expected=expected)
    state.put_sequence(store, sender, expected)

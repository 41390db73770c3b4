"""Bounds of what is deployed, and what follows from a score."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from muniment.core.keys import ACCOUNT_BYTES, encode_account
from muniment.exact.card import Card
from muniment.modules.systems import types as bounds
from muniment.modules.systems.errors import (
    AccountTwice,
    ChallengerDiffers,
    OutcomesUnordered,
    SystemFieldOutOfBounds,
    SystemNameMalformed,
    ThresholdOutOfRange,
)
from muniment.modules.systems.types import ModelReference, Outcome, Terms

_NAME = re.compile(r"[a-z0-9._-]{1,64}", re.ASCII)


def check_name(name: str) -> None:
    """Refuse a text that cannot name a system or an outcome."""
    if not _NAME.fullmatch(name):
        raise SystemNameMalformed(name=name[: bounds.MAX_NAME * 2])


def check_size(field: str, value: int, minimum: int, maximum: int) -> None:
    """Refuse a length outside `minimum` .. `maximum`."""
    if not minimum <= value <= maximum:
        raise SystemFieldOutOfBounds(field=field, value=value, minimum=minimum, maximum=maximum)


def check_terms(terms: Terms) -> None:
    """Refuse terms that are malformed by themselves, whatever the ledger holds."""
    check_size("purpose", len(terms.purpose), 1, bounds.MAX_PURPOSE)
    _check_model("model", terms.model)
    _check_accounts("provider", (terms.provider,), 1, 1)
    _check_accounts("overseers", terms.overseers, 1, bounds.MAX_OVERSEERS)
    _check_accounts("operators", terms.operators, 0, bounds.MAX_OPERATORS)
    _check_outcomes(terms.outcomes)
    if terms.challenger is not None:
        _check_model("challenger", terms.challenger)


def check_thresholds(outcomes: Sequence[Outcome], card: Card) -> None:
    """Refuse a threshold, other than that of the floor, which no score can reach or none can miss."""
    minimum, maximum = card.score.minimum, card.score.maximum
    for outcome in outcomes[1:]:
        if not minimum <= outcome.threshold <= maximum:
            raise ThresholdOutOfRange(
                outcome=outcome.name, threshold=outcome.threshold, minimum=minimum, maximum=maximum
            )


def check_challenger(champion: Card, challenger: Card) -> None:
    """Refuse a challenger that would need other inputs."""
    if champion.id == challenger.id:
        raise ChallengerDiffers(reason="it is the model itself")
    if champion.features != challenger.features:
        raise ChallengerDiffers(reason="its features are not those of the model")


def _check_model(field: str, reference: ModelReference) -> None:
    check_size(f"{field}.name", len(reference.name), 1, bounds.MAX_NAME)
    check_size(f"{field}.model", len(reference.model), bounds.HASH_BYTES, bounds.HASH_BYTES)


def _check_accounts(field: str, accounts: Sequence[bytes], minimum: int, maximum: int) -> None:
    check_size(field, len(accounts), minimum, maximum)
    seen: list[bytes] = []
    for account in accounts:
        check_size(f"an account in {field}", len(account), ACCOUNT_BYTES, ACCOUNT_BYTES)
        if account in seen:
            raise AccountTwice(field=field, account=encode_account(account))
        seen.append(account)


def _check_outcomes(outcomes: Sequence[Outcome]) -> None:
    check_size("outcomes", len(outcomes), 1, bounds.MAX_OUTCOMES)
    seen: list[str] = []
    for outcome in outcomes:
        check_name(outcome.name)
        if outcome.name in seen:
            raise OutcomesUnordered(outcome=outcome.name)
        seen.append(outcome.name)
    for lower, higher in pairwise(outcomes):
        if higher.threshold <= lower.threshold:
            raise OutcomesUnordered(outcome=higher.name)

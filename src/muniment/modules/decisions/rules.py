"""What follows from a score, and what holds of a decision now."""

from __future__ import annotations

from collections.abc import Sequence

from muniment.exact.card import Card
from muniment.modules.decisions.errors import (
    DecisionFieldOutOfBounds,
    FieldsUncovered,
    OutcomeInconsistent,
    ScoreOutOfRange,
)
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.messages import DecideSealed
from muniment.modules.decisions.ports import Outcome
from muniment.modules.decisions.types import COMMITMENT_BYTES, Status


def outcome_of(score: int, outcomes: Sequence[Outcome]) -> str:
    """Return the last outcome whose threshold the score reaches; the first is the floor."""
    for outcome in reversed(outcomes):
        if score >= outcome.threshold:
            return outcome.name
    return outcomes[0].name


def outcome_now(made: DecisionMade, status: Status | None) -> str:
    """Return what holds: a person's override, else what a dispute found, else as made."""
    if status is None:
        return made.outcome
    if status.override is not None:
        return status.override.outcome
    if status.dispute is not None and status.dispute.outcome is not None:
        return status.dispute.outcome
    return made.outcome


def check_size(field: str, value: int, minimum: int, maximum: int) -> None:
    """Refuse a length outside `minimum` .. `maximum`."""
    if not minimum <= value <= maximum:
        raise DecisionFieldOutOfBounds(field=field, value=value, minimum=minimum, maximum=maximum)


def check_commitment(field: str, value: bytes) -> None:
    """Refuse what cannot be a commitment."""
    check_size(field, len(value), COMMITMENT_BYTES, COMMITMENT_BYTES)


def check_sealed(msg: DecideSealed, card: Card, outcomes: Sequence[Outcome]) -> None:
    """Refuse a sealed decision that is wrong whatever was sealed."""
    if msg.fields != len(card.features):
        raise FieldsUncovered(covered=msg.fields, expected=len(card.features))
    minimum, maximum = card.score.minimum, card.score.maximum
    if not minimum <= msg.score <= maximum:
        raise ScoreOutOfRange(score=msg.score, minimum=minimum, maximum=maximum)
    expected = outcome_of(msg.score, outcomes)
    if msg.outcome != expected:
        raise OutcomeInconsistent(outcome=msg.outcome[:128], expected=expected, score=msg.score)

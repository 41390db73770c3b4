"""What the module keeps of a decision once somebody questions it; and the bounds of every field."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from muniment.core.codec import Named, Wire

COMMITMENT_BYTES: Final = 32
MAX_CATEGORY: Final = 64
MAX_REASON: Final = 1_024

Ruling = Literal["open", "upheld", "overridden"]
Verdict = Literal["confirmed", "refuted"]


class Reasons(Wire, frozen=True):
    """Why a score is what it is: `base` and one contribution a feature, in the order of the card, add up to it."""

    base: int
    contributions: tuple[int, ...]


class Appeal(Named, frozen=True):
    """An appeal against a decision; the latest is kept.

    Args:
        by: Account.
        as_subject: Whether that account proved to be whom the decision is about.
        category: As given.
        grounds: Commitment to the grounds, which lie elsewhere.
        since_ms: Unix milliseconds.
        ruling: Whether it is open, or how it ended.
    """

    by: bytes
    as_subject: bool
    category: str
    grounds: bytes
    since_ms: int
    ruling: Ruling


class Dispute(Named, frozen=True):
    """What the ledger found when the inputs of a sealed decision, or a misplaced one, were opened to it.

    Args:
        by: Account that opened them.
        verdict: Whether the score is the one the model gives.
        score: What the model gives; None if the sealed inputs are not ones it was proven for, or not its features.
        outcome: What would have followed; None as above.
        since_ms: Unix milliseconds.
    """

    by: bytes
    verdict: Verdict
    score: int | None
    outcome: str | None
    since_ms: int


class Override(Named, frozen=True):
    """What a person decided instead; the latest is kept."""

    by: bytes
    outcome: str
    reason: str
    since_ms: int


class Status(Named, frozen=True):
    """What became of a decision. A decision without a status stands as it was made."""

    appeal: Appeal | None = None
    dispute: Dispute | None = None
    override: Override | None = None


class Prepared(NamedTuple):
    """Scores computed for a whole block: which model gave them, and to whom they are of use.

    A value is there only if the inputs are ones the model was proven for.
    """

    model: bytes
    score: int
    challenger: bytes | None = None
    challenger_score: int | None = None

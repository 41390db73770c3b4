"""What happened to decisions."""

from __future__ import annotations

from typing import Literal

from muniment.core.codec import Named
from muniment.modules.decisions.types import Reasons, Verdict


class DecisionMade(Named, frozen=True, omit_defaults=True):
    """A system decided; kept as a fact under the identity that is the decision's id. Defaults are left out.

    Args:
        system: Name of the system.
        version: Number of its terms then.
        model: Hash of the model.
        score: In units of the model's score.
        outcome: What followed.
        decider: Account that sent it.
        mode: "open" (inputs in the transaction) or "sealed".
        subject: Commitment to whom it is about.
        commitment: Root over the sealed fields; None if open.
        reasons: Base and contributions, if asked for.
        challenger_score: What the challenger of that version gave, if there was one that could run.
        fields: How many fields were sealed, one a feature of the model; None if open.
    """

    system: str
    version: int
    model: bytes
    score: int
    outcome: str
    decider: bytes
    mode: Literal["open", "sealed"] = "open"
    subject: bytes | None = None
    commitment: bytes | None = None
    reasons: Reasons | None = None
    challenger_score: int | None = None
    fields: int | None = None


class DecisionDisputed(Named, frozen=True):
    """A sealed decision was judged: recomputed from its opened inputs, or refuted by a field sealed out of place."""

    decision: int
    by: bytes
    verdict: Verdict
    score: int | None
    outcome: str | None


class DecisionAppealed(Named, frozen=True):
    """Somebody asked a human to look again."""

    decision: int
    by: bytes
    as_subject: bool
    category: str
    grounds: bytes


class DecisionOverridden(Named, frozen=True):
    """A person's outcome took the place of the system's."""

    decision: int
    by: bytes
    outcome: str
    reason: str


class DecisionUpheld(Named, frozen=True):
    """A person looked again and let the decision stand."""

    decision: int
    by: bytes
    reason: str

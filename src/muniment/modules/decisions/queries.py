"""What can be read of decisions."""

from __future__ import annotations

import msgspec

from muniment.core.state import Reader
from muniment.exact.attribution import Explanation
from muniment.modules.decisions import rules, state
from muniment.modules.decisions.errors import DecisionUnknown, InputsDiffer
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.ports import Ports
from muniment.modules.decisions.scoring import explained
from muniment.modules.decisions.types import Status

_STANDS = Status()


class Decision(msgspec.Struct, frozen=True):
    """A decision as it stands now.

    Args:
        identity: Its number in the log.
        made: As it was made.
        status: What became of it, None if nothing.
        outcome: What holds now: a person's override, else what a dispute found, else as made.
    """

    identity: int
    made: DecisionMade
    status: Status | None
    outcome: str


def existing(reader: Reader, identity: int) -> tuple[DecisionMade, Status]:
    """Return a decision as it was made and what became of it, an empty status if nothing.

    Raises:
        DecisionUnknown: there is none of this identity.
    """
    made = state.decision(reader, identity)
    if made is None:
        raise DecisionUnknown(decision=identity)
    return made, state.status(reader, identity) or _STANDS


def decision(reader: Reader, *, identity: int) -> Decision:
    """Return a decision: as made, what became of it, and the outcome that holds now.

    Raises:
        DecisionUnknown: there is none of this identity.
    """
    made, status = existing(reader, identity)
    return Decision(identity, made, None if status is _STANDS else status, rules.outcome_now(made, status))


def explanation(ports: Ports, reader: Reader, *, identity: int, inputs: tuple[int | None, ...]) -> Explanation:
    """Return why a decision got its score, recomputed from its inputs with its model.

    Raises:
        DecisionUnknown: there is none of this identity.
        ExplanationTooCostly: the model is one that the ledger does not explain.
        InputsDiffer: these are not its inputs, since they give another score.
        InputsWrongLength, ValueMissing, ValueOutOfRange: the model was not proven for them.
    """
    made, _ = existing(reader, identity)
    found = explained(ports.runner(reader, made.model), inputs)
    if found.score != made.score:
        raise InputsDiffer(decision=identity, score=made.score, computed=found.score)
    return found


def questioned(reader: Reader, *, start: int = 0, limit: int = 100) -> tuple[Decision, ...]:
    """Return the decisions that were appealed, disputed or overridden, in the order this first happened.

    Args:
        reader: The state.
        start: How many to skip.
        limit: At most so many.
    """
    stop = min(state.questioned_count(reader), start + limit)
    identities = (state.questioned(reader, index) for index in range(max(start, 0), stop))
    return tuple(decision(reader, identity=identity) for identity in identities if identity is not None)

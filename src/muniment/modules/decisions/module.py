"""The wiring of the module."""

from __future__ import annotations

from functools import partial

from muniment.core.module import Module
from muniment.modules.decisions import appeals, disputes, errors, events, handlers, invariants, queries, scoring
from muniment.modules.decisions.messages import (
    AppealDecision,
    ContestSealing,
    Decide,
    DecideSealed,
    DisputeDecision,
    OverrideDecision,
    UpholdDecision,
)
from muniment.modules.decisions.ports import Ports

_EVENTS = (
    events.DecisionMade,
    events.DecisionDisputed,
    events.DecisionAppealed,
    events.DecisionOverridden,
    events.DecisionUpheld,
)


def module(ports: Ports) -> Module:
    """Return the module; `ports` is what `systems` and `models` answer."""
    return Module(
        name="decisions",
        handlers={
            Decide: partial(handlers.decide, ports),
            DecideSealed: partial(handlers.decide_sealed, ports),
            DisputeDecision: partial(disputes.dispute_decision, ports),
            ContestSealing: partial(disputes.contest_sealing, ports),
            AppealDecision: partial(appeals.appeal_decision, ports),
            OverrideDecision: partial(appeals.override_decision, ports),
            UpholdDecision: partial(appeals.uphold_decision, ports),
        },
        events=_EVENTS,
        errors=errors.ERRORS,
        queries={
            "decision": queries.decision,
            "explanation": partial(queries.explanation, ports),
            "questioned_decisions": queries.questioned,
        },
        invariants={
            "every status belongs to a decision": invariants.every_status_belongs_to_a_decision,
            "every outcome is one its system had": partial(invariants.every_outcome_is_one_its_system_had, ports),
            "only sealed decisions are disputed, and confirmed ones agree": (
                invariants.only_sealed_decisions_are_disputed_and_confirmed_ones_agree
            ),
        },
        prepare=partial(scoring.prepare, ports),
        prepares=(Decide,),
    )

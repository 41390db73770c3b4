"""Handlers that judge what was sealed: recompute it when all of it is opened, refute it when one field is misplaced."""

from __future__ import annotations

from muniment.core.errors import Rejected
from muniment.core.module import Context
from muniment.core.sealing import check_field, seal
from muniment.modules.decisions import rules, state
from muniment.modules.decisions.errors import (
    DisputeResolved,
    FieldsUncovered,
    NotSealed,
    OpeningWrong,
    SealingSound,
)
from muniment.modules.decisions.events import DecisionDisputed, DecisionMade
from muniment.modules.decisions.messages import ContestSealing, DisputeDecision
from muniment.modules.decisions.ports import Ports
from muniment.modules.decisions.queries import existing
from muniment.modules.decisions.scoring import score_one
from muniment.modules.decisions.types import Dispute, Status, Verdict


def dispute_decision(ports: Ports, ctx: Context, msg: DisputeDecision) -> None:
    """Recompute a sealed decision from its opened inputs; whoever holds the opening may.

    The model is the very one of the decision, whatever its standing now. Inputs that it was not proven for refute the
    decision, too: no score can have followed from them.

    Rejects:
        DecisionUnknown, NotSealed, DisputeResolved: there is nothing to recompute.
        OpeningWrong, FieldsUneven, SaltMalformed: the opening is not that of the decision.
    """
    made, commitment, status = _undisputed(ctx, msg.decision)
    runner = ports.runner(ctx.store, made.model)
    computed = seal(runner.card.names, msg.values, msg.salts)
    if computed != commitment:
        raise OpeningWrong(decision=msg.decision, commitment=commitment.hex(), computed=computed.hex())
    score = outcome = None
    try:
        score = score_one(runner, msg.values)
        outcome = rules.outcome_of(score, ports.terms(ctx.store, made.system, made.version).outcomes)
    except Rejected:
        pass
    verdict: Verdict = "confirmed" if score == made.score else "refuted"
    _resolve(ctx, msg.decision, status, Dispute(ctx.sender, verdict, score, outcome, ctx.time_ms))


def contest_sealing(ports: Ports, ctx: Context, msg: ContestSealing) -> None:
    """Refute a sealed decision by one field that does not belong where it was sealed; whoever was shown it may.

    A dispute needs every field under its own name in the order of the card, so that nobody could dispute a sealing
    that is not so. This needs one field of it. No score follows: the outcome stays until a person overrides it.

    Rejects:
        DecisionUnknown, NotSealed, DisputeResolved: there is nothing to refute.
        FieldsUncovered, ProofRejected: the opening is not of a field of the decision.
        SealingSound: the field is the one that belongs there.
    """
    made, commitment, status = _undisputed(ctx, msg.decision)
    names, shown = ports.runner(ctx.store, made.model).card.names, msg.opening
    # A path can fit trees of several sizes. At this one it shows which leaf, if any, was sealed at which place; at
    # another size it would refute honest decisions, too.
    if shown.count != len(names):
        raise FieldsUncovered(covered=shown.count, expected=len(names))
    check_field(shown, commitment)
    if shown.name == names[shown.index]:
        raise SealingSound(decision=msg.decision, field=shown.name, index=shown.index)
    _resolve(ctx, msg.decision, status, Dispute(ctx.sender, "refuted", None, None, ctx.time_ms))


def _undisputed(ctx: Context, decision: int) -> tuple[DecisionMade, bytes, Status]:
    made, status = existing(ctx.store, decision)
    if made.commitment is None:
        raise NotSealed(decision=decision)
    if status.dispute is not None:
        raise DisputeResolved(decision=decision, verdict=status.dispute.verdict)
    return made, made.commitment, status


def _resolve(ctx: Context, decision: int, status: Status, dispute: Dispute) -> None:
    state.put_status(ctx.store, decision, Status(status.appeal, dispute, status.override))
    ctx.emit(
        DecisionDisputed(
            decision=decision, by=dispute.by, verdict=dispute.verdict, score=dispute.score, outcome=dispute.outcome
        )
    )

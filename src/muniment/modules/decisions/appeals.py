"""Handlers of the human side: appeal, override, uphold."""

from __future__ import annotations

from muniment.core.keys import encode_account
from muniment.core.module import Context
from muniment.core.sealing import subject_commitment
from muniment.modules.decisions import rules, state
from muniment.modules.decisions.errors import (
    AppealIsOpen,
    NoOpenAppeal,
    NotOverseer,
    NotParty,
    OutcomeUnchanged,
    OutcomeUnknown,
    SubjectNotProven,
)
from muniment.modules.decisions.events import DecisionAppealed, DecisionMade, DecisionOverridden, DecisionUpheld
from muniment.modules.decisions.messages import AppealDecision, OverrideDecision, UpholdDecision
from muniment.modules.decisions.ports import Ports
from muniment.modules.decisions.queries import existing
from muniment.modules.decisions.types import MAX_CATEGORY, MAX_REASON, Appeal, Override, Ruling, Status


def appeal_decision(ports: Ports, ctx: Context, msg: AppealDecision) -> None:
    """Ask a human to look again: the subject by opening the commitment, or a party to the decision for them.

    Nobody can use up the appeal of the person concerned: a closed one does not bar another, and theirs takes the
    place of an open one that a party made.

    Rejects:
        DecisionUnknown, DecisionFieldOutOfBounds, AppealIsOpen: as their texts say.
        NotParty, SubjectNotProven, SaltMalformed: the sender may not appeal.
    """
    rules.check_commitment("grounds", msg.grounds)
    rules.check_size("category", len(msg.category), 1, MAX_CATEGORY)
    made, status = existing(ctx.store, msg.decision)
    if msg.salt is None:
        _check_party(ports, ctx, msg.decision, made)
    elif made.subject is None or subject_commitment(ctx.sender, msg.salt) != made.subject:
        raise SubjectNotProven(decision=msg.decision, sender=encode_account(ctx.sender))
    as_subject = msg.salt is not None
    if _bars(status.appeal, as_subject=as_subject):
        raise AppealIsOpen(decision=msg.decision)
    appeal = Appeal(ctx.sender, as_subject, msg.category, msg.grounds, ctx.time_ms, "open")
    state.put_status(ctx.store, msg.decision, Status(appeal, status.dispute, status.override))
    ctx.emit(
        DecisionAppealed(
            decision=msg.decision, by=ctx.sender, as_subject=as_subject, category=msg.category, grounds=msg.grounds
        )
    )


def override_decision(ports: Ports, ctx: Context, msg: OverrideDecision) -> None:
    """Put a person's outcome in the place of the system's; an overseer of the system, as it is now, may.

    It needs no appeal, and closes one that is open. It works while the system is stopped.

    Rejects:
        DecisionUnknown, DecisionFieldOutOfBounds, NotOverseer: as their texts say.
        OutcomeUnknown, OutcomeUnchanged: the outcome is not one it had, or the one that holds.
    """
    rules.check_size("reason", len(msg.reason), 1, MAX_REASON)
    made, status = existing(ctx.store, msg.decision)
    _check_overseer(ports, ctx, made)
    known = tuple(outcome.name for outcome in ports.terms(ctx.store, made.system, made.version).outcomes)
    if msg.outcome not in known:
        raise OutcomeUnknown(outcome=msg.outcome[:128], known=known)
    if msg.outcome == rules.outcome_now(made, status):
        raise OutcomeUnchanged(decision=msg.decision, outcome=msg.outcome)
    override = Override(ctx.sender, msg.outcome, msg.reason, ctx.time_ms)
    appeal = _ruled(status.appeal, "overridden")
    state.put_status(ctx.store, msg.decision, Status(appeal, status.dispute, override))
    ctx.emit(DecisionOverridden(decision=msg.decision, by=ctx.sender, outcome=msg.outcome, reason=msg.reason))


def uphold_decision(ports: Ports, ctx: Context, msg: UpholdDecision) -> None:
    """Close an appeal and let stand what holds; an overseer of the system, as it is now, may.

    Rejects:
        DecisionUnknown, DecisionFieldOutOfBounds, NotOverseer, NoOpenAppeal: as their texts say.
    """
    rules.check_size("reason", len(msg.reason), 1, MAX_REASON)
    made, status = existing(ctx.store, msg.decision)
    _check_overseer(ports, ctx, made)
    if status.appeal is None or status.appeal.ruling != "open":
        raise NoOpenAppeal(decision=msg.decision)
    appeal = _ruled(status.appeal, "upheld")
    state.put_status(ctx.store, msg.decision, Status(appeal, status.dispute, status.override))
    ctx.emit(DecisionUpheld(decision=msg.decision, by=ctx.sender, reason=msg.reason))


def _bars(appeal: Appeal | None, *, as_subject: bool) -> bool:
    if appeal is None or appeal.ruling != "open":
        return False
    return appeal.as_subject or not as_subject


def _check_party(ports: Ports, ctx: Context, decision: int, made: DecisionMade) -> None:
    system = ports.system(ctx.store, made.system)
    if ctx.sender not in (made.decider, system.deployer) and ctx.sender not in system.terms.overseers:
        raise NotParty(decision=decision, sender=encode_account(ctx.sender))


def _check_overseer(ports: Ports, ctx: Context, made: DecisionMade) -> None:
    if ctx.sender not in ports.system(ctx.store, made.system).terms.overseers:
        raise NotOverseer(system=made.system, sender=encode_account(ctx.sender))


def _ruled(appeal: Appeal | None, ruling: Ruling) -> Appeal | None:
    if appeal is None or appeal.ruling != "open":
        return appeal
    return Appeal(appeal.by, appeal.as_subject, appeal.category, appeal.grounds, appeal.since_ms, ruling)

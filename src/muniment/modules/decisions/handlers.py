"""Decide, in the open or sealed."""

from __future__ import annotations

from muniment.core.errors import Rejected
from muniment.core.keys import encode_account
from muniment.core.module import Context
from muniment.modules.decisions import rules, state
from muniment.modules.decisions.errors import ModelNotInForce, ModeRefused, NotDecider, TermsChanged
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.messages import Decide, DecideSealed
from muniment.modules.decisions.ports import ModelReference, Ports, System
from muniment.modules.decisions.scoring import Inputs, explained, score_one
from muniment.modules.decisions.types import Prepared, Reasons


def decide(ports: Ports, ctx: Context, msg: Decide) -> None:
    """Let a system decide in the open; its deployer and operators may.

    Rejects:
        ModeRefused, NotDecider, TermsChanged, DecisionFieldOutOfBounds: as their texts say.
        InputsWrongLength, ValueMissing, ValueOutOfRange: the inputs are not ones the model was proven for.
        ExplanationTooCostly: an explanation is asked for, and the model is one that the ledger does not explain.
        What systems says of an unknown or stopped system, and models of a suspended or retired model.
    """
    store = ctx.store
    system = ports.running_system(store, msg.system)
    terms = system.terms
    if terms.mode == "sealed":
        raise ModeRefused(system=msg.system, mode=terms.mode, asked="open")
    _check_decider(ctx, system, msg.system)
    if msg.version is not None and msg.version != system.version:
        raise TermsChanged(system=msg.system, asked=msg.version, in_force=system.version)
    if msg.subject is not None:
        rules.check_commitment("subject", msg.subject)
    used = terms.model
    ports.check_usable(store, used.name, used.model)
    prepared: Prepared | None = ctx.prepared
    if prepared is not None and prepared.model == used.model:
        score = prepared.score
    else:
        score = score_one(ports.runner(store, used.model), msg.inputs)
    made = DecisionMade(
        system=msg.system,
        version=system.version,
        model=used.model,
        score=score,
        outcome=rules.outcome_of(score, terms.outcomes),
        decider=ctx.sender,
        subject=msg.subject,
        reasons=_reasons(ports, ctx, used, msg.inputs) if msg.explain else None,
        challenger_score=None if terms.challenger is None else _beside(ports, ctx, terms.challenger, msg.inputs),
    )
    ctx.keep(state.DECISIONS, made)


def decide_sealed(ports: Ports, ctx: Context, msg: DecideSealed) -> None:
    """Put on record a decision that the deployer computed; deployer and operators may.

    Rejects:
        ModeRefused, NotDecider, DecisionFieldOutOfBounds: as their texts say.
        ModelNotInForce, FieldsUncovered, ScoreOutOfRange, OutcomeInconsistent: wrong, whatever was sealed.
        What systems says of an unknown or stopped system, and models of a suspended or retired model.
    """
    store = ctx.store
    system = ports.running_system(store, msg.system)
    terms = system.terms
    if terms.mode == "open":
        raise ModeRefused(system=msg.system, mode=terms.mode, asked="sealed")
    _check_decider(ctx, system, msg.system)
    rules.check_commitment("commitment", msg.commitment)
    if msg.subject is not None:
        rules.check_commitment("subject", msg.subject)
    used = terms.model
    if msg.model != used.model:
        raise ModelNotInForce(system=msg.system, model=msg.model[:32].hex(), in_force=used.model.hex())
    ports.check_usable(store, used.name, used.model)
    rules.check_sealed(msg, ports.runner(store, used.model).card, terms.outcomes)
    made = DecisionMade(
        system=msg.system,
        version=system.version,
        model=used.model,
        score=msg.score,
        outcome=msg.outcome,
        decider=ctx.sender,
        mode="sealed",
        subject=msg.subject,
        commitment=msg.commitment,
        fields=msg.fields,
    )
    ctx.keep(state.DECISIONS, made)


def _check_decider(ctx: Context, system: System, name: str) -> None:
    if ctx.sender != system.deployer and ctx.sender not in system.terms.operators:
        raise NotDecider(system=name, sender=encode_account(ctx.sender))


def _reasons(ports: Ports, ctx: Context, used: ModelReference, inputs: Inputs) -> Reasons:
    explanation = explained(ports.runner(ctx.store, used.model), inputs)
    return Reasons(explanation.base, tuple(amount for _, amount in explanation.contributions))


def _beside(ports: Ports, ctx: Context, challenger: ModelReference, inputs: Inputs) -> int | None:
    """Return the challenger's score, None if it is out of service: that stops no decision."""
    try:
        ports.check_usable(ctx.store, challenger.name, challenger.model)
    except Rejected:
        return None
    prepared: Prepared | None = ctx.prepared
    if prepared is not None and prepared.challenger == challenger.model and prepared.challenger_score is not None:
        return prepared.challenger_score
    return score_one(ports.runner(ctx.store, challenger.model), inputs)

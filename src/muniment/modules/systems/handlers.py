"""Deploy, update, stop and resume systems."""

from __future__ import annotations

from muniment.core.keys import encode_account
from muniment.core.module import Context
from muniment.modules.systems import rules, state
from muniment.modules.systems.errors import (
    AccountNotActive,
    NotDeployer,
    NotInCharge,
    OverseersFixed,
    SystemIsRunning,
    SystemIsStopped,
    SystemNameTaken,
    SystemUnknown,
)
from muniment.modules.systems.events import SystemDeployed, SystemResumed, SystemStopped, SystemUpdated
from muniment.modules.systems.messages import DeploySystem, ResumeSystem, StopSystem, UpdateSystem
from muniment.modules.systems.ports import Ports
from muniment.modules.systems.types import MAX_REASON, Stop, System, Terms


def deploy_system(ports: Ports, ctx: Context, msg: DeploySystem) -> None:
    """Put an AI system into service; the sender is its deployer.

    Rejects:
        SystemNameTaken: there is one of this name.
        SystemNameMalformed, SystemFieldOutOfBounds, AccountTwice, OutcomesUnordered: malformed terms.
        ThresholdOutOfRange, ChallengerDiffers: the terms do not fit the model.
        AccountNotActive: the provider, an overseer or an operator cannot act.
        What models says of an unknown, suspended or retired model.
    """
    rules.check_name(msg.name)
    before = state.system(ctx.store, msg.name)
    if before is not None:
        raise SystemNameTaken(system=msg.name, deployer=encode_account(before.deployer))
    _check_terms(ports, ctx, msg.terms)
    deployed = SystemDeployed(system=msg.name, version=1, deployer=ctx.sender, terms=msg.terms)
    state.add_version(ctx, deployed, before=None)


def update_system(ports: Ports, ctx: Context, msg: UpdateSystem) -> None:
    """Give a system new terms; its deployer may, also while it is stopped.

    Rejects:
        SystemUnknown, NotDeployer: no such system, or not the sender's.
        OverseersFixed: an overseer stopped it, and the terms change who of the overseers can act. Revoked ones may be
            left out, and all replaced when none is active: else nobody could ever lift the stop.
        Malformed or unfit terms: as `deploy_system`.
    """
    before = _system(ctx, msg.name)
    if before.deployer != ctx.sender:
        raise NotDeployer(system=msg.name, sender=encode_account(ctx.sender), deployer=encode_account(before.deployer))
    _check_terms(ports, ctx, msg.terms)
    if before.stop is not None and before.stop.by_overseer:
        active = sorted(one for one in before.terms.overseers if ports.is_active(ctx.store, one))
        if active and sorted(msg.terms.overseers) != active:
            raise OverseersFixed(system=msg.name)
    updated = SystemUpdated(system=msg.name, version=before.version + 1, deployer=ctx.sender, terms=msg.terms)
    state.add_version(ctx, updated, before=before)


def stop_system(ctx: Context, msg: StopSystem) -> None:
    """Stop a system at once; its deployer and every overseer may. An overseer's stop replaces the deployer's.

    Rejects:
        SystemUnknown, NotInCharge, SystemIsStopped, SystemFieldOutOfBounds.
    """
    rules.check_size("reason", len(msg.reason), 1, MAX_REASON)
    system = _system(ctx, msg.name)
    by_overseer = ctx.sender in system.terms.overseers
    if not by_overseer and ctx.sender != system.deployer:
        raise _not_in_charge(ctx, system, "the deployer and the overseers")
    if system.stop is not None and not (by_overseer and not system.stop.by_overseer):
        raise SystemIsStopped(system=msg.name, reason=system.stop.reason)
    stop = Stop(ctx.sender, by_overseer, msg.reason, ctx.time_ms)
    _put_stop(ctx, system, stop)
    ctx.emit(SystemStopped(system=msg.name, by=ctx.sender, by_overseer=by_overseer, reason=msg.reason))


def resume_system(ctx: Context, msg: ResumeSystem) -> None:
    """Let a stopped system decide again: an overseer may; the deployer may unless an overseer stopped it.

    Rejects:
        SystemUnknown, NotInCharge, SystemIsRunning, SystemFieldOutOfBounds.
    """
    rules.check_size("reason", len(msg.reason), 1, MAX_REASON)
    system = _system(ctx, msg.name)
    if system.stop is None:
        raise SystemIsRunning(system=msg.name)
    allowed = ctx.sender in system.terms.overseers
    if not system.stop.by_overseer:
        allowed = allowed or ctx.sender == system.deployer
    if not allowed:
        who = "an overseer, since one stopped it" if system.stop.by_overseer else "the deployer and the overseers"
        raise _not_in_charge(ctx, system, who)
    _put_stop(ctx, system, None)
    ctx.emit(SystemResumed(system=msg.name, by=ctx.sender, reason=msg.reason))


def _system(ctx: Context, name: str) -> System:
    rules.check_name(name)
    found = state.system(ctx.store, name)
    if found is None:
        raise SystemUnknown(system=name)
    return found


def _check_terms(ports: Ports, ctx: Context, terms: Terms) -> None:
    store = ctx.store
    rules.check_terms(terms)
    named = (("provider", (terms.provider,)), ("overseers", terms.overseers), ("operators", terms.operators))
    for field, accounts in named:
        _check_active(ports, ctx, field, accounts)
    ports.check_usable(store, terms.model.name, terms.model.model)
    card = ports.card(store, terms.model.model)
    rules.check_thresholds(terms.outcomes, card)
    if terms.challenger is not None:
        ports.check_usable(store, terms.challenger.name, terms.challenger.model)
        rules.check_challenger(card, ports.card(store, terms.challenger.model))


def _check_active(ports: Ports, ctx: Context, field: str, accounts: tuple[bytes, ...]) -> None:
    for account in accounts:
        if not ports.is_active(ctx.store, account):
            raise AccountNotActive(field=field, account=encode_account(account))


def _put_stop(ctx: Context, system: System, stop: Stop | None) -> None:
    changed = System(system.name, system.deployer, system.version, system.identity, system.terms, stop)
    state.put_system(ctx.store, changed)


def _not_in_charge(ctx: Context, system: System, allowed: str) -> NotInCharge:
    return NotInCharge(system=system.name, sender=encode_account(ctx.sender), allowed=allowed)

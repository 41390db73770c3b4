from __future__ import annotations

import pytest
from tests.harness import deciding
from tests.harness.deciding import ANN, BOB, EVE, OVE, ledger, publication, screening, terms
from tests.harness.machine import Actor, Harness

from muniment.core.codec import Wire
from muniment.modules.decisions.messages import AppealDecision, Decide, OverrideDecision
from muniment.modules.systems.errors import (
    NoOverseerActive,
    NotInCharge,
    OverseersFixed,
    SystemFieldOutOfBounds,
    SystemIsRunning,
    SystemIsStopped,
    SystemUnknown,
)
from muniment.modules.systems.events import SystemResumed, SystemStopped
from muniment.modules.systems.messages import DeploySystem, ResumeSystem, StopSystem, UpdateSystem
from muniment.modules.systems.queries import running_system

STOP = StopSystem("screening", "odd scores")
RESUME = ResumeSystem("screening", "explained")


def stopped(by: Actor) -> Harness:
    harness = screening()
    harness.accept(by, STOP)
    return harness


@pytest.mark.parametrize(("by", "by_overseer"), [(ANN, False), (OVE, True)])
def test_deployer_and_overseer_stop_a_system(by: Actor, by_overseer: bool) -> None:
    harness = screening()
    (event,) = harness.accept(by, STOP).events
    assert event == SystemStopped(system="screening", by=by.id, by_overseer=by_overseer, reason="odd scores")
    with pytest.raises(SystemIsStopped) as refused:
        running_system(deciding.is_active, harness.reader, "screening")
    assert refused.value.reason == "odd scores"


@pytest.mark.parametrize(("stopper", "resumer"), [(ANN, ANN), (ANN, OVE), (OVE, OVE)])
def test_a_stopped_system_is_resumed(stopper: Actor, resumer: Actor) -> None:
    harness = stopped(stopper)
    (event,) = harness.accept(resumer, RESUME).events
    assert event == SystemResumed(system="screening", by=resumer.id, reason="explained")
    assert running_system(deciding.is_active, harness.reader, "screening").stop is None


def test_the_deployer_does_not_lift_an_overseers_stop() -> None:
    stopped(OVE).reject(NotInCharge, ANN, RESUME)


def test_an_overseer_takes_over_the_deployers_stop() -> None:
    harness = stopped(ANN)
    harness.accept(OVE, STOP)
    harness.reject(NotInCharge, ANN, RESUME)
    harness.reject(SystemIsStopped, OVE, STOP)


def test_a_stop_is_not_given_twice() -> None:
    assert stopped(ANN).reject(SystemIsStopped, ANN, STOP).reason == "odd scores"
    stopped(OVE).reject(SystemIsStopped, ANN, STOP)


def test_who_is_both_deployer_and_overseer_acts_as_overseer() -> None:
    harness = ledger()
    harness.accept(ANN, publication())
    harness.accept(ANN, DeploySystem("screening", terms(overseers=(ANN, OVE))))
    harness.accept(ANN, STOP)
    assert harness.query("system", system="screening").stop.by_overseer
    harness.accept(ANN, RESUME)


@pytest.mark.parametrize("message", [STOP, RESUME])
def test_a_stranger_neither_stops_nor_resumes(message: Wire) -> None:
    harness = screening() if message is STOP else stopped(ANN)
    harness.reject(NotInCharge, EVE, message)


def test_a_running_system_is_not_resumed() -> None:
    screening().reject(SystemIsRunning, ANN, RESUME)


def test_an_overseers_stop_cannot_be_got_around_by_other_overseers() -> None:
    harness = stopped(OVE)
    harness.reject(OverseersFixed, ANN, UpdateSystem("screening", terms(overseers=(ANN,))))
    harness.reject(OverseersFixed, ANN, UpdateSystem("screening", terms(overseers=(OVE, ANN))))


def test_an_update_keeps_the_stop() -> None:
    harness = stopped(OVE)
    harness.accept(ANN, UpdateSystem("screening", terms(mode="open")))
    found = harness.query("system", system="screening")
    assert (found.version, found.stop is None) == (2, False)


def test_overseers_may_change_while_only_the_deployer_stopped_it() -> None:
    harness = stopped(ANN)
    harness.accept(ANN, UpdateSystem("screening", terms(overseers=(BOB,))))
    harness.accept(BOB, RESUME)


@pytest.mark.parametrize("kind", [StopSystem, ResumeSystem])
def test_malformed_stops_are_refused(kind: type[StopSystem]) -> None:
    harness = screening()
    for reason in ("", "r" * 1025):
        assert harness.reject(SystemFieldOutOfBounds, ANN, kind("screening", reason)).field == "reason"
    assert harness.reject(SystemUnknown, ANN, kind("other", "r")).system == "other"


def test_rejected_transactions_neither_stop_nor_resume() -> None:
    screening().leaves_no_trace(OVE, STOP)
    stopped(OVE).leaves_no_trace(OVE, RESUME)


def revoke(patch: pytest.MonkeyPatch, *actors: Actor) -> None:
    """Let accounts answer from now on that these cannot act."""
    patch.setattr(deciding, "REVOKED", frozenset(one.id for one in actors))


def test_a_system_whose_overseers_are_all_revoked_decides_nothing_until_it_has_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = screening()
    decision = harness.accept(ANN, Decide("screening", (1000, 0))).identity
    revoke(monkeypatch, OVE)
    assert harness.reject(NoOverseerActive, ANN, Decide("screening", (1000, 0))).system == "screening"
    harness.accept(ANN, AppealDecision(decision, bytes(32), "wrong data"))
    harness.accept(ANN, UpdateSystem("screening", terms(overseers=(EVE,))))
    harness.accept(ANN, Decide("screening", (1000, 0)))
    harness.accept(EVE, OverrideDecision(decision, "approve", "known customer"))


def test_one_active_overseer_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = ledger()
    harness.accept(ANN, publication())
    harness.accept(ANN, DeploySystem("screening", terms(overseers=(OVE, EVE))))
    revoke(monkeypatch, OVE)
    harness.accept(ANN, Decide("screening", (1000, 0)))


def test_a_stop_of_overseers_who_are_all_revoked_is_lifted_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = stopped(OVE)
    revoke(monkeypatch, OVE)
    harness.reject(NotInCharge, ANN, RESUME)
    harness.accept(ANN, UpdateSystem("screening", terms(overseers=(BOB,))))
    harness.reject(NotInCharge, ANN, RESUME)
    harness.reject(OverseersFixed, ANN, UpdateSystem("screening", terms(overseers=(ANN,))))
    harness.accept(BOB, RESUME)


def test_under_a_stop_revoked_overseers_may_be_left_out_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = ledger()
    harness.accept(ANN, publication())
    harness.accept(ANN, DeploySystem("screening", terms(overseers=(OVE, EVE))))
    harness.accept(OVE, STOP)
    revoke(monkeypatch, OVE)
    for others in ((BOB,), (EVE, BOB)):
        harness.reject(OverseersFixed, ANN, UpdateSystem("screening", terms(overseers=others)))
    harness.accept(ANN, UpdateSystem("screening", terms(overseers=(EVE,))))
    harness.accept(EVE, RESUME)

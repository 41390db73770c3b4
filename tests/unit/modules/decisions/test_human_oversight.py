from __future__ import annotations

import msgspec
import pytest
from tests.harness.deciding import ANN, BOB, EVE, OVE, screening, terms
from tests.harness.machine import Actor, Harness

from muniment.core.codec import Wire
from muniment.core.errors import Halted
from muniment.core.keys import encode_account
from muniment.core.sealing import SaltMalformed, subject_commitment
from muniment.modules.decisions.errors import (
    AppealIsOpen,
    DecisionFieldOutOfBounds,
    DecisionUnknown,
    NoOpenAppeal,
    NotOverseer,
    NotParty,
    OutcomeUnchanged,
    OutcomeUnknown,
    SubjectNotProven,
)
from muniment.modules.decisions.events import DecisionAppealed, DecisionOverridden, DecisionUpheld
from muniment.modules.decisions.messages import AppealDecision, Decide, OverrideDecision, UpholdDecision
from muniment.modules.decisions.types import Dispute, Status
from muniment.modules.systems.messages import StopSystem, UpdateSystem
from muniment.modules.systems.types import Outcome

GROUNDS, SALT = b"g" * 32, b"s" * 16


def blocked(*, about: Actor | None = None) -> tuple[Harness, int]:
    """A decision that Bob, an operator, made: block."""
    harness = screening(operators=(BOB,))
    subject = None if about is None else subject_commitment(about.id, SALT)
    return harness, harness.accept(BOB, Decide("screening", (1000, 0), subject)).identity


def appeal(decision: int, salt: bytes | None = None) -> AppealDecision:
    return AppealDecision(decision, GROUNDS, "wrong data", salt)


@pytest.mark.parametrize("by", [ANN, BOB, OVE])
def test_a_party_appeals_on_somebodys_behalf(by: Actor) -> None:
    harness, decision = blocked()
    (event,) = harness.accept(by, appeal(decision)).events
    assert event == DecisionAppealed(
        decision=decision, by=by.id, as_subject=False, category="wrong data", grounds=GROUNDS
    )
    found = harness.query("decision", identity=decision)
    assert (found.status.appeal.ruling, found.outcome) == ("open", "block")


def test_the_person_concerned_appeals_with_the_salt() -> None:
    harness, decision = blocked(about=EVE)
    (event,) = harness.accept(EVE, appeal(decision, SALT)).events
    assert isinstance(event, DecisionAppealed)
    assert (event.by, event.as_subject) == (EVE.id, True)


def test_nobody_else_appeals() -> None:
    harness, decision = blocked(about=EVE)
    assert harness.reject(NotParty, EVE, appeal(decision)).sender == encode_account(EVE.id)
    harness.reject(SubjectNotProven, EVE, appeal(decision, b"t" * 16))
    harness.reject(SubjectNotProven, OVE, appeal(decision, SALT))
    harness.reject(SaltMalformed, EVE, appeal(decision, b"s"))
    anonymous, other = blocked()
    anonymous.reject(SubjectNotProven, EVE, appeal(other, SALT))


def test_one_appeal_is_open_at_a_time_and_a_closed_one_bars_no_other() -> None:
    harness, decision = blocked(about=EVE)
    harness.accept(ANN, appeal(decision))
    harness.reject(AppealIsOpen, BOB, appeal(decision))
    harness.accept(OVE, UpholdDecision(decision, "sound"))
    harness.accept(EVE, appeal(decision, SALT))
    harness.reject(AppealIsOpen, EVE, appeal(decision, SALT))
    harness.reject(AppealIsOpen, ANN, appeal(decision))


def test_the_appeal_of_the_person_concerned_takes_the_place_of_a_partys() -> None:
    harness, decision = blocked(about=EVE)
    harness.accept(ANN, appeal(decision))
    harness.accept(EVE, appeal(decision, SALT))
    found = harness.query("decision", identity=decision).status.appeal
    assert (found.by, found.as_subject, found.ruling) == (EVE.id, True, "open")


def test_an_appeal_is_upheld() -> None:
    harness, decision = blocked()
    harness.accept(ANN, appeal(decision))
    (event,) = harness.accept(OVE, UpholdDecision(decision, "sound")).events
    assert event == DecisionUpheld(decision=decision, by=OVE.id, reason="sound")
    found = harness.query("decision", identity=decision)
    assert (found.status.appeal.ruling, found.outcome) == ("upheld", "block")
    harness.reject(NoOpenAppeal, OVE, UpholdDecision(decision, "again"))


def test_an_overseer_overrides_and_closes_the_appeal() -> None:
    harness, decision = blocked()
    harness.accept(ANN, appeal(decision))
    (event,) = harness.accept(OVE, OverrideDecision(decision, "approve", "known customer")).events
    assert event == DecisionOverridden(decision=decision, by=OVE.id, outcome="approve", reason="known customer")
    found = harness.query("decision", identity=decision)
    assert (found.status.appeal.ruling, found.outcome, found.made.outcome) == ("overridden", "approve", "block")
    harness.reject(NoOpenAppeal, OVE, UpholdDecision(decision, "late"))


def test_an_override_needs_no_appeal_and_works_on_a_stopped_system() -> None:
    harness, decision = blocked()
    harness.accept(OVE, StopSystem("screening", "odd"))
    harness.accept(OVE, OverrideDecision(decision, "approve", "known customer"))
    harness.accept(OVE, OverrideDecision(decision, "review", "second thought"))
    assert harness.query("decision", identity=decision).outcome == "review"


def test_an_override_outlives_later_appeals() -> None:
    harness, decision = blocked()
    harness.accept(OVE, OverrideDecision(decision, "approve", "known customer"))
    harness.accept(ANN, appeal(decision))
    harness.accept(OVE, UpholdDecision(decision, "as overridden"))
    found = harness.query("decision", identity=decision)
    assert (found.outcome, found.status.appeal.ruling) == ("approve", "upheld")


@pytest.mark.parametrize("by", [ANN, BOB, EVE])
def test_only_an_overseer_rules(by: Actor) -> None:
    harness, decision = blocked()
    harness.accept(ANN, appeal(decision))
    messages: tuple[Wire, ...] = (OverrideDecision(decision, "approve", "r"), UpholdDecision(decision, "r"))
    for message in messages:
        refused = harness.reject(NotOverseer, by, message)
        assert (refused.system, refused.sender) == ("screening", encode_account(by.id))


def test_the_overseers_of_today_rule_by_the_outcomes_of_then() -> None:
    harness, decision = blocked()
    changed = terms(overseers=(EVE,), outcomes=(Outcome("yes", 0), Outcome("no", 8)))
    harness.accept(ANN, UpdateSystem("screening", changed))
    harness.reject(NotOverseer, OVE, OverrideDecision(decision, "approve", "r"))
    refused = harness.reject(OutcomeUnknown, EVE, OverrideDecision(decision, "yes", "r"))
    assert (refused.outcome, refused.known) == ("yes", ("approve", "review", "block"))
    harness.accept(EVE, OverrideDecision(decision, "approve", "r"))


def test_an_override_changes_the_outcome() -> None:
    harness, decision = blocked()
    assert harness.reject(OutcomeUnchanged, OVE, OverrideDecision(decision, "block", "r")).outcome == "block"
    harness.accept(OVE, OverrideDecision(decision, "approve", "r"))
    assert harness.reject(OutcomeUnchanged, OVE, OverrideDecision(decision, "approve", "r")).outcome == "approve"
    harness.accept(OVE, OverrideDecision(decision, "block", "as it was"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"grounds": bytes(31)}, "grounds"),
        ({"category": ""}, "category"),
        ({"category": "c" * 65}, "category"),
    ],
)
def test_a_malformed_appeal_is_refused(change: dict[str, object], field: str) -> None:
    harness, decision = blocked()
    message = msgspec.structs.replace(appeal(decision), **change)
    assert harness.reject(DecisionFieldOutOfBounds, ANN, message).field == field


@pytest.mark.parametrize("reason", ["", "r" * 1025])
def test_a_ruling_has_a_reason_within_bounds(reason: str) -> None:
    harness, decision = blocked()
    harness.accept(ANN, appeal(decision))
    for message in (OverrideDecision(decision, "approve", reason), UpholdDecision(decision, reason)):
        assert harness.reject(DecisionFieldOutOfBounds, OVE, message).field == "reason"


@pytest.mark.parametrize("identity", [-1, 0, 2**63])
def test_an_unknown_decision_is_named(identity: int) -> None:
    harness, _ = blocked()
    for message in (appeal(identity), OverrideDecision(identity, "approve", "r"), UpholdDecision(identity, "r")):
        assert harness.reject(DecisionUnknown, OVE, message).decision == identity


def test_rejected_transactions_leave_no_trace() -> None:
    harness, decision = blocked()
    harness.leaves_no_trace(OVE, OverrideDecision(decision, "approve", "r"))
    harness.leaves_no_trace(ANN, appeal(decision))
    harness.accept(ANN, appeal(decision))
    harness.leaves_no_trace(OVE, UpholdDecision(decision, "r"))


def test_questioned_decisions_are_listed_once_in_order() -> None:
    harness, first = blocked()
    second = harness.accept(ANN, Decide("screening", (1000, 0))).identity
    harness.accept(ANN, appeal(second))
    harness.accept(OVE, OverrideDecision(first, "approve", "r"))
    harness.accept(OVE, OverrideDecision(second, "approve", "r"))
    assert [found.identity for found in harness.query("questioned_decisions")] == [second, first]
    assert [found.identity for found in harness.query("questioned_decisions", start=1)] == [first]
    assert harness.query("questioned_decisions", start=2) == ()


@pytest.mark.parametrize("prefix", [b"Ds", b"Df", b"Di"])
def test_an_invariant_notices_what_is_missing(prefix: bytes) -> None:
    harness, decision = blocked()
    harness.accept(OVE, OverrideDecision(decision, "approve", "r"))
    for kept in (harness.store.values, harness.store.facts):
        for key in [key for key in kept if key.startswith(prefix)]:
            del kept[key]
    with pytest.raises(Halted):
        harness.machine.check_invariants(harness.reader)


def test_invariants_notice_what_no_message_makes() -> None:
    harness, decision = blocked()
    harness.accept(OVE, OverrideDecision(decision, "approve", "r"))
    key = b"Ds" + decision.to_bytes(8, "big")
    status = msgspec.msgpack.decode(harness.store.values[key], type=Status)
    assert status.override is not None
    impossible = msgspec.structs.replace(status.override, outcome="never")
    dispute = Dispute(EVE.id, "confirmed", 3005, "block", 1)
    for forged in (msgspec.structs.replace(status, override=impossible), Status(dispute=dispute)):
        harness.store.values[key] = msgspec.msgpack.encode(forged)
        with pytest.raises(Halted):
            harness.machine.check_invariants(harness.reader)

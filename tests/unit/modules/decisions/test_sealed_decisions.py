from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest
from tests.harness.deciding import ANN, BOB, EVE, OVE, SIMPLE, publication, screening, terms
from tests.harness.exact_models import linear
from tests.harness.machine import Actor, Harness

from muniment.core.codec import Wire
from muniment.core.proof_errors import ProofRejected
from muniment.core.sealing import FieldsUneven, SaltMalformed, check_field, open_field, seal
from muniment.modules.decisions.errors import (
    DecisionFieldOutOfBounds,
    DecisionUnknown,
    DisputeResolved,
    FieldsUncovered,
    ModelNotInForce,
    ModeRefused,
    NotDecider,
    NotSealed,
    OpeningWrong,
    OutcomeInconsistent,
    ScoreOutOfRange,
    SealingSound,
)
from muniment.modules.decisions.events import DecisionDisputed, DecisionMade
from muniment.modules.decisions.messages import ContestSealing, Decide, DecideSealed, DisputeDecision
from muniment.modules.models.errors import ModelNotUsable
from muniment.modules.models.messages import RetireModel, SuspendModel
from muniment.modules.systems.errors import SystemIsStopped
from muniment.modules.systems.messages import StopSystem, UpdateSystem
from muniment.modules.systems.types import Outcome

HASH = sha256(SIMPLE).digest()
NAMES = ("x0", "x1")
SALTS = (b"a" * 16, b"b" * 16)


def sealed(*values: int | None, score: int, outcome: str) -> DecideSealed:
    return DecideSealed("screening", HASH, seal(NAMES, values, SALTS), 2, score, outcome)


HONEST = sealed(7, 1, score=24, outcome="approve")
FORGED = sealed(7, 1, score=1024, outcome="block")


def opening(decision: int, *values: int | None) -> DisputeDecision:
    return DisputeDecision(decision, values, SALTS)


def test_a_sealed_decision_says_nothing_of_its_inputs() -> None:
    harness = screening()
    outcome = harness.accept(ANN, HONEST)
    (event,) = outcome.events
    assert isinstance(event, DecisionMade)
    assert (event.mode, event.score, event.outcome, event.commitment) == ("sealed", 24, "approve", HONEST.commitment)
    assert (event.reasons, event.version, event.model, event.fields) == (None, 1, HASH, 2)


def test_one_field_can_be_shown_to_whoever_asks() -> None:
    check_field(open_field(NAMES, (7, 1), SALTS, index=1), HONEST.commitment)


def test_an_open_system_seals_nothing() -> None:
    assert screening(mode="open").reject(ModeRefused, ANN, HONEST).asked == "sealed"
    screening(mode="sealed").accept(ANN, HONEST)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"model": bytes(32)}, ModelNotInForce),
        ({"model": b""}, ModelNotInForce),
        ({"commitment": bytes(31)}, DecisionFieldOutOfBounds),
        ({"subject": bytes(33)}, DecisionFieldOutOfBounds),
        ({"fields": 3}, FieldsUncovered),
        ({"fields": -1}, FieldsUncovered),
        ({"score": 3006, "outcome": "block"}, ScoreOutOfRange),
        ({"score": -1996}, ScoreOutOfRange),
        ({"outcome": "review"}, OutcomeInconsistent),
        ({"outcome": "never heard"}, OutcomeInconsistent),
        ({"score": 100}, OutcomeInconsistent),
    ],
)
def test_what_cannot_be_whatever_was_sealed_is_refused(changes: dict[str, object], kind: type[ModelNotInForce]) -> None:
    screening().reject(kind, ANN, msgspec.structs.replace(HONEST, **changes))


def test_the_refusal_says_which_outcome_follows() -> None:
    refused = screening().reject(OutcomeInconsistent, ANN, msgspec.structs.replace(HONEST, score=1000))
    assert (refused.score, refused.expected, refused.outcome) == (1000, "block", "approve")


def test_only_deployer_and_operators_seal() -> None:
    harness = screening(operators=(BOB,))
    harness.accept(BOB, HONEST)
    harness.reject(NotDecider, EVE, HONEST)


def test_a_stopped_system_and_a_suspended_model_seal_nothing() -> None:
    harness = screening()
    harness.accept(ANN, SuspendModel("risk", HASH, "drift"))
    harness.reject(ModelNotUsable, ANN, HONEST)
    harness.accept(OVE, StopSystem("screening", "odd"))
    harness.reject(SystemIsStopped, ANN, HONEST)


def test_a_dispute_confirms_an_honest_decision() -> None:
    harness = screening()
    decision = harness.accept(ANN, HONEST).identity
    (event,) = harness.accept(EVE, opening(decision, 7, 1)).events
    assert event == DecisionDisputed(decision=decision, by=EVE.id, verdict="confirmed", score=24, outcome="approve")
    found = harness.query("decision", identity=decision)
    assert (found.outcome, found.status.dispute.verdict) == ("approve", "confirmed")
    assert harness.query("questioned_decisions") == (found,)


def test_a_dispute_refutes_a_forged_decision_and_its_true_outcome_holds() -> None:
    harness = screening()
    decision = harness.accept(ANN, FORGED).identity
    (event,) = harness.accept(EVE, opening(decision, 7, 1)).events
    assert event == DecisionDisputed(decision=decision, by=EVE.id, verdict="refuted", score=24, outcome="approve")
    found = harness.query("decision", identity=decision)
    assert (found.made.outcome, found.outcome) == ("block", "approve")


def test_a_score_off_by_one_is_refuted() -> None:
    harness = screening()
    decision = harness.accept(ANN, msgspec.structs.replace(HONEST, score=25)).identity
    (event,) = harness.accept(EVE, opening(decision, 7, 1)).events
    assert isinstance(event, DecisionDisputed)
    assert (event.verdict, event.outcome) == ("refuted", "approve")


@pytest.mark.parametrize("values", [(7, 1001), (7, None), (7, -(2**63)), (7, 2**64 - 1)])
def test_inputs_the_model_was_not_proven_for_refute_a_decision(values: tuple[int | None, ...]) -> None:
    harness = screening()
    decision = harness.accept(ANN, sealed(*values, score=24, outcome="approve")).identity
    (event,) = harness.accept(EVE, opening(decision, *values)).events
    assert event == DecisionDisputed(decision=decision, by=EVE.id, verdict="refuted", score=None, outcome=None)
    assert harness.query("decision", identity=decision).outcome == "approve"


def test_a_dispute_uses_the_model_and_thresholds_of_the_decision() -> None:
    harness = screening()
    decision = harness.accept(ANN, FORGED).identity
    other = linear((1, 1))
    harness.accept(ANN, publication(other))
    harness.accept(ANN, UpdateSystem("screening", terms(other, outcomes=(Outcome("yes", 0), Outcome("no", 8)))))
    harness.accept(ANN, RetireModel("risk", HASH, "replaced"))
    harness.accept(OVE, StopSystem("screening", "odd"))
    (event,) = harness.accept(EVE, opening(decision, 7, 1)).events
    assert isinstance(event, DecisionDisputed)
    assert (event.score, event.outcome) == (24, "approve")


def test_a_dispute_is_resolved_once() -> None:
    harness = screening()
    decision = harness.accept(ANN, HONEST).identity
    harness.accept(EVE, opening(decision, 7, 1))
    assert harness.reject(DisputeResolved, ANN, opening(decision, 7, 1)).verdict == "confirmed"


def wrong_openings(decision: int) -> list[tuple[DisputeDecision, type[OpeningWrong]]]:
    wrong: list[tuple[DisputeDecision, type[OpeningWrong]]] = [
        (opening(decision, 7, 2), OpeningWrong),
        (opening(decision, 1, 7), OpeningWrong),
        (DisputeDecision(decision, (7, 1), SALTS[::-1]), OpeningWrong),
    ]
    return wrong


def test_another_opening_proves_nothing() -> None:
    harness = screening()
    decision = harness.accept(ANN, HONEST).identity
    for message, kind in wrong_openings(decision):
        refused = harness.reject(kind, EVE, message)
        assert refused.commitment == HONEST.commitment.hex()
        assert refused.computed != refused.commitment


def test_a_malformed_opening_is_refused() -> None:
    harness = screening()
    decision = harness.accept(ANN, HONEST).identity
    harness.reject(FieldsUneven, EVE, DisputeDecision(decision, (7,), SALTS))
    harness.reject(FieldsUneven, EVE, DisputeDecision(decision, (7, 1), SALTS[:1]))
    harness.reject(SaltMalformed, EVE, DisputeDecision(decision, (7, 1), (b"", b"")))


def test_an_open_or_unknown_decision_is_not_disputed() -> None:
    harness = screening()
    decision = harness.accept(ANN, Decide("screening", (7, 1))).identity
    assert harness.reject(NotSealed, EVE, opening(decision, 7, 1)).decision == decision
    assert harness.reject(DecisionUnknown, EVE, opening(decision + 1, 7, 1)).decision == decision + 1


def test_a_decision_can_be_disputed_in_its_own_transaction() -> None:
    harness = screening()
    upcoming = harness.position << 8
    messages: tuple[Wire, ...] = (HONEST, opening(upcoming, 7, 1))
    outcome = harness.accept(ANN, *messages)
    assert isinstance(outcome.events[1], DecisionDisputed)


def test_rejected_transactions_neither_seal_nor_dispute() -> None:
    harness: Harness = screening()
    harness.leaves_no_trace(ANN, HONEST)
    decision = harness.accept(ANN, HONEST).identity
    harness.leaves_no_trace(EVE, opening(decision, 7, 1))


#: Two values under one name, of which the deployer could show whichever suits.
TWICE = ("x0", "x0")


def sealed_twice() -> tuple[Harness, int]:
    harness = screening()
    message = DecideSealed("screening", HASH, seal(TWICE, (7, 1), SALTS), 2, 24, "approve")
    return harness, harness.accept(ANN, message).identity


def contest(decision: int, *, names: tuple[str, ...] = TWICE, index: int = 1) -> ContestSealing:
    return ContestSealing(decision, open_field(names, (7, 1), SALTS, index=index))


def test_a_sealing_that_cannot_be_disputed_is_refuted_by_one_misplaced_field() -> None:
    harness, decision = sealed_twice()
    harness.reject(OpeningWrong, EVE, opening(decision, 7, 1))
    (event,) = harness.accept(EVE, contest(decision)).events
    assert event == DecisionDisputed(decision=decision, by=EVE.id, verdict="refuted", score=None, outcome=None)
    found = harness.query("decision", identity=decision)
    assert (found.outcome, found.status.dispute.verdict) == ("approve", "refuted")
    assert harness.reject(DisputeResolved, EVE, contest(decision)).verdict == "refuted"


def test_a_field_in_its_place_refutes_nothing() -> None:
    harness, decision = sealed_twice()
    refused = harness.reject(SealingSound, EVE, contest(decision, index=0))
    assert (refused.field, refused.index) == ("x0", 0)
    honest = harness.accept(ANN, HONEST).identity
    for index in (0, 1):
        harness.reject(SealingSound, EVE, contest(honest, names=NAMES, index=index))
    harness.accept(EVE, opening(honest, 7, 1))


@pytest.mark.parametrize(
    "lie",
    [{"name": "x9"}, {"name": "x0"}, {"value": 2}, {"value": 2**64 - 1}, {"index": 0}, {"index": -1}, {"index": 2}],
)
def test_a_field_that_was_not_sealed_refutes_nothing(lie: dict[str, object]) -> None:
    harness = screening()
    decision = harness.accept(ANN, HONEST).identity
    shown = open_field(NAMES, (7, 1), SALTS, index=1)
    harness.reject(ProofRejected, EVE, ContestSealing(decision, msgspec.structs.replace(shown, **lie)))


def test_an_honest_sealing_is_not_refuted_by_a_path_that_fits_a_smaller_tree() -> None:
    artifact, names, salts = linear((3, -2, 1)), ("x0", "x1", "x2"), (*SALTS, b"c" * 16)
    harness = screening(artifact)
    commitment = seal(names, (7, 1, 1), salts)
    message = DecideSealed("screening", sha256(artifact).digest(), commitment, 3, 20, "approve")
    decision = harness.accept(ANN, message).identity
    honest = open_field(names, (7, 1, 1), salts, index=2)
    forged = msgspec.structs.replace(honest, index=1, count=2)
    check_field(forged, commitment)
    refused = harness.reject(FieldsUncovered, EVE, ContestSealing(decision, forged))
    assert (refused.covered, refused.expected) == (2, 3)
    harness.reject(ProofRejected, EVE, ContestSealing(decision, msgspec.structs.replace(forged, count=3)))


@pytest.mark.parametrize("by", [ANN, EVE, OVE])
def test_whoever_was_shown_the_field_contests_and_leaves_no_trace_when_rejected(by: Actor) -> None:
    harness, decision = sealed_twice()
    harness.leaves_no_trace(by, contest(decision))
    openly = harness.accept(ANN, Decide("screening", (7, 1))).identity
    harness.reject(NotSealed, by, contest(openly))
    harness.reject(DecisionUnknown, by, contest(openly + 1))

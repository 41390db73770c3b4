from __future__ import annotations

from hashlib import sha256

import pytest
from tests.harness.deciding import ANN, BOB, EVE, OVE, SIMPLE, ledger, publication, reference, screening, terms
from tests.harness.exact_models import doubling, forest, linear
from tests.harness.machine import Harness

from muniment.core.keys import encode_account
from muniment.exact.checker import check
from muniment.exact.errors import ExplanationTooCostly, InputsWrongLength, ValueMissing, ValueOutOfRange
from muniment.exact.work import EXPLAINING_STEPS_MAX
from muniment.modules.decisions.errors import (
    DecisionFieldOutOfBounds,
    DecisionUnknown,
    InputsDiffer,
    ModeRefused,
    NotDecider,
    TermsChanged,
)
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.messages import Decide
from muniment.modules.models.errors import ModelNotUsable
from muniment.modules.models.messages import RetireModel, SuspendModel
from muniment.modules.systems.errors import SystemIsStopped, SystemUnknown
from muniment.modules.systems.messages import DeploySystem, ResumeSystem, StopSystem, UpdateSystem
from muniment.modules.systems.types import Outcome

HASH = sha256(SIMPLE).digest()


def made(harness: Harness, *inputs: int | None) -> DecisionMade:
    (event,) = harness.accept(ANN, Decide("screening", inputs)).events
    assert isinstance(event, DecisionMade)
    return event


def test_a_decision_is_kept_as_a_fact_and_writes_no_value() -> None:
    harness = screening()
    values = dict(harness.store.values)
    outcome = harness.accept(ANN, Decide("screening", (100, 10)))
    expected = DecisionMade(system="screening", version=1, model=HASH, score=285, outcome="review", decider=ANN.id)
    assert outcome.events == (expected,)
    assert outcome.returned == ()
    assert harness.store.values == values
    found = harness.query("decision", identity=outcome.identity)
    assert (found.made, found.status, found.outcome) == (expected, None, "review")


@pytest.mark.parametrize(
    ("inputs", "score", "outcome"),
    [
        ((0, 1000), -1995, "approve"),
        ((31, 0), 98, "approve"),
        ((33, 2), 100, "review"),
        ((332, 1), 999, "review"),
        ((333, 2), 1000, "block"),
        ((1000, 0), 3005, "block"),
    ],
)
def test_an_outcome_begins_at_its_threshold_and_the_first_has_no_floor(
    inputs: tuple[int, ...], score: int, outcome: str
) -> None:
    event = made(screening(), *inputs)
    assert (event.score, event.outcome) == (score, outcome)


def test_a_decision_asked_for_under_other_terms_is_refused() -> None:
    harness = screening()
    harness.accept(ANN, Decide("screening", (100, 10), version=1))
    harness.accept(ANN, UpdateSystem("screening", terms()))
    refused = harness.reject(TermsChanged, ANN, Decide("screening", (100, 10), version=1))
    assert (refused.asked, refused.in_force) == (1, 2)
    harness.accept(ANN, Decide("screening", (100, 10), version=2))
    harness.accept(ANN, Decide("screening", (100, 10)))


def test_every_message_of_a_transaction_is_a_decision_of_its_own() -> None:
    harness = screening()
    outcome = harness.accept(ANN, *(Decide("screening", (index, 0)) for index in range(3)))
    scores = [harness.query("decision", identity=outcome.identity + index).made.score for index in range(3)]
    assert scores == [5, 8, 11]


def test_operators_decide_and_strangers_do_not() -> None:
    harness = screening(operators=(BOB,))
    harness.accept(BOB, Decide("screening", (1, 1)))
    for stranger in (EVE, OVE):
        refused = harness.reject(NotDecider, stranger, Decide("screening", (1, 1)))
        assert (refused.system, refused.sender) == ("screening", encode_account(stranger.id))


def test_a_sealed_system_decides_nothing_in_the_open() -> None:
    refused = screening(mode="sealed").reject(ModeRefused, ANN, Decide("screening", (1, 1)))
    assert (refused.mode, refused.asked) == ("sealed", "open")


@pytest.mark.parametrize(("value", "shown"), [(-1, "-0.01"), (1001, "10.01"), (2**63, "92233720368547758.08")])
def test_a_value_out_of_range_is_named_with_its_range(value: int, shown: str) -> None:
    refused = screening().reject(ValueOutOfRange, ANN, Decide("screening", (1, value)))
    assert (refused.feature, refused.value, refused.minimum, refused.maximum) == ("x1", shown, "0.00", "10.00")


def test_inputs_of_another_number_are_refused() -> None:
    for count in (0, 1, 3):
        refused = screening().reject(InputsWrongLength, ANN, Decide("screening", (1,) * count))
        assert (refused.expected, refused.given) == (2, count)


def test_a_missing_value_is_refused_where_the_model_has_no_branch_for_it() -> None:
    assert screening().reject(ValueMissing, ANN, Decide("screening", (1, None))).feature == "x1"


def test_a_missing_value_is_taken_where_it_has() -> None:
    harness = screening(linear((3, -2), constant=5, nullable=True))
    assert made(harness, 1, None).score == 3 + 2 + 5


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_subject_that_is_no_commitment_is_refused(size: int) -> None:
    refused = screening().reject(DecisionFieldOutOfBounds, ANN, Decide("screening", (1, 1), bytes(size)))
    assert (refused.field, refused.value) == ("subject", size)


def test_an_unknown_system_is_named() -> None:
    for name in ("other", "o" * 10_000):
        assert name.startswith(screening().reject(SystemUnknown, ANN, Decide(name, (1, 1))).system)


def test_a_stop_takes_effect_within_the_block() -> None:
    harness = screening()
    verdicts = harness.block(
        harness.transaction(ANN, Decide("screening", (1, 1))),
        harness.transaction(OVE, StopSystem("screening", "odd")),
        harness.transaction(ANN, Decide("screening", (2, 2))),
        harness.transaction(OVE, ResumeSystem("screening", "fine")),
        harness.transaction(ANN, Decide("screening", (3, 3))),
    )
    assert [type(verdict.rejected) for verdict in verdicts] == [
        type(None),
        type(None),
        SystemIsStopped,
        type(None),
        type(None),
    ]


@pytest.mark.parametrize("kind", [SuspendModel, RetireModel])
def test_a_model_out_of_service_decides_nothing_from_then_on(kind: type[SuspendModel]) -> None:
    harness = screening()
    verdicts = harness.block(
        harness.transaction(ANN, Decide("screening", (1, 1))),
        harness.transaction(ANN, kind("risk", HASH, "drift")),
        harness.transaction(ANN, Decide("screening", (1, 2))),
    )
    assert [type(verdict.rejected) for verdict in verdicts] == [type(None), type(None), ModelNotUsable]
    harness.reject(ModelNotUsable, ANN, Decide("screening", (1, 1)))


def test_an_update_takes_effect_within_the_block() -> None:
    harness, other = screening(), linear((1, 1))
    harness.accept(ANN, publication(other))
    changed = terms(other, outcomes=(Outcome("yes", 0), Outcome("no", 2)))
    before, _, after = harness.block(
        harness.transaction(ANN, Decide("screening", (7, 1))),
        harness.transaction(ANN, UpdateSystem("screening", changed)),
        harness.transaction(ANN, Decide("screening", (7, 1))),
    )
    (old,), (new,) = before.events, after.events
    assert isinstance(old, DecisionMade)
    assert isinstance(new, DecisionMade)
    assert (old.version, old.model, old.score, old.outcome) == (1, HASH, 24, "approve")
    assert (new.version, new.model, new.score, new.outcome) == (2, sha256(other).digest(), 8, "no")


def test_a_system_deployed_in_the_same_block_decides() -> None:
    harness = ledger()
    outcomes = harness.block(
        harness.transaction(ANN, publication(), DeploySystem("screening", terms())),
        harness.transaction(ANN, Decide("screening", (7, 1))),
    )
    assert [outcome.rejected for outcome in outcomes] == [None, None]


def test_stored_and_recomputed_reasons_agree_and_add_up_to_the_score() -> None:
    harness = screening(forest(features=4, trees=20, depth=3))
    inputs = (10, 900, 400, 77)
    outcome = harness.accept(ANN, Decide("screening", inputs, None, True))
    (event,) = outcome.events
    assert isinstance(event, DecisionMade)
    assert event.reasons is not None
    assert event.reasons.base + sum(event.reasons.contributions) == event.score
    found = harness.query("explanation", identity=outcome.identity, inputs=inputs)
    assert found.base == event.reasons.base
    assert tuple(amount for _, amount in found.contributions) == event.reasons.contributions
    assert [name for name, _ in found.contributions] == ["x0", "x1", "x2", "x3"]


def test_an_explanation_needs_the_inputs_of_that_decision() -> None:
    harness = screening()
    outcome = harness.accept(ANN, Decide("screening", (7, 1)))
    with pytest.raises(InputsDiffer) as refused:
        harness.query("explanation", identity=outcome.identity, inputs=(8, 1))
    assert (refused.value.score, refused.value.computed) == (24, 27)


def test_a_model_that_is_costly_to_explain_decides_without() -> None:
    artifact = doubling(4096, 2)
    harness, row = screening(artifact), (7,) * 4096
    outcome = harness.accept(ANN, Decide("screening", row))
    steps = check(artifact).explaining_steps
    refused = harness.reject(ExplanationTooCostly, ANN, Decide("screening", row, explain=True))
    assert (refused.steps, refused.maximum) == (steps, EXPLAINING_STEPS_MAX)
    with pytest.raises(ExplanationTooCostly):
        harness.query("explanation", identity=outcome.identity, inputs=row)


@pytest.mark.parametrize("identity", [-1, 0, 1, 2**62, 2**63, 2**64 - 1])
def test_an_unknown_decision_is_named(identity: int) -> None:
    with pytest.raises(DecisionUnknown) as refused:
        screening().query("decision", identity=identity)
    assert refused.value.decision == identity


def test_a_rejected_transaction_decides_nothing() -> None:
    screening().leaves_no_trace(ANN, Decide("screening", (1, 1)))


def challenged() -> Harness:
    harness = ledger()
    harness.accept(ANN, publication())
    harness.accept(ANN, publication(linear((1, 1)), name="challenger"))
    harness.accept(ANN, DeploySystem("screening", terms(challenger=linear((1, 1)))))
    return harness


def test_the_score_of_the_challenger_is_kept_and_decides_nothing() -> None:
    event = made(challenged(), 7, 1)
    assert (event.score, event.challenger_score, event.outcome) == (24, 8, "approve")


def test_a_challenger_out_of_service_stops_no_decision() -> None:
    harness = challenged()
    harness.accept(ANN, SuspendModel("challenger", reference(linear((1, 1))).model, "drift"))
    event = made(harness, 7, 1)
    assert (event.score, event.challenger_score) == (24, None)

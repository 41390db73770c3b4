from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

import pytest
from tests.harness.deciding import ANN, BOB, EVE, OVE, SIMPLE, modules, screening
from tests.harness.exact_models import linear
from tests.harness.machine import ANYONE, Harness

from muniment.core.machine import Machine, Moment
from muniment.core.module import Module, Slot
from muniment.core.state import Reader
from muniment.core.transaction import Window
from muniment.exact import runner
from muniment.exact.card import decimal_text
from muniment.exact.errors import ValueOutOfRange
from muniment.exact.runner import load
from muniment.exact.shelf import Shelf
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.messages import Decide
from muniment.modules.decisions.scoring import score_many
from muniment.modules.decisions.state import DECISIONS
from muniment.modules.decisions.types import Prepared
from muniment.modules.models import runners
from muniment.modules.systems.messages import StopSystem

HASH = sha256(SIMPLE).digest()


def preparation(harness: Harness, *sent: tuple[bytes, Decide]) -> Mapping[tuple[bytes, int], Prepared]:
    prepare = next(module.prepare for module in harness.machine.modules if module.name == "decisions")
    assert prepare is not None
    return prepare(
        harness.reader, [Slot(bytes([number]), 0, sender, message) for number, (sender, message) in enumerate(sent)]
    )


def test_good_rows_are_scored_and_bad_ones_left_to_their_handlers() -> None:
    rows = [(7, 1), (7, 1001), (7,), (7, None), (7, 2**64 - 1), (0, 0)]
    found = preparation(screening(), *((ANN.id, Decide("screening", row)) for row in rows))
    assert found == {(bytes([0]), 0): Prepared(HASH, 24), (bytes([5]), 0): Prepared(HASH, 5)}


def test_the_integer_for_missing_values_in_arrays_has_no_score() -> None:
    artifact = linear((3, -2), nullable=True)
    harness = screening(artifact)
    rows = [(7, 1), (7, -(2**63)), (7, None), (2**64 - 1, 1)]
    found = preparation(harness, *((ANN.id, Decide("screening", row)) for row in rows))
    assert set(found) == {(bytes([0]), 0), (bytes([2]), 0)}
    refused = harness.reject(ValueOutOfRange, ANN, Decide("screening", (7, -(2**63))))
    assert refused.value == decimal_text(-(2**63), 2)


def test_a_batch_that_is_cut_prepares_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = [(ANN.id, Decide("screening", (row, 1001 if row % 5 == 0 else 1))) for row in range(40)]
    whole = preparation(screening(), *sent)
    monkeypatch.setattr(runner, "SCORED_VALUES", 3 * load(SIMPLE).card.columns)
    monkeypatch.setattr(runner, "shelf", Shelf(count=1, size_bytes=1))
    monkeypatch.setattr(runners, "shelf", runner.shelf)
    assert preparation(screening(), *sent) == whole


def test_what_is_refused_anyway_is_not_scored() -> None:
    harness = screening(operators=(BOB,))
    rows = (ANN.id, Decide("screening", (7, 1))), (BOB.id, Decide("screening", (7, 1)))
    strangers = (EVE.id, Decide("screening", (7, 1))), (ANN.id, Decide("other", (7, 1)))
    assert set(preparation(harness, *rows, *strangers)) == {(bytes([0]), 0), (bytes([1]), 0)}
    harness.accept(OVE, StopSystem("screening", "odd"))
    assert preparation(harness, *rows) == {}
    assert preparation(screening(mode="sealed"), *rows) == {}


def test_no_rows_give_no_scores() -> None:
    assert list(score_many(load(SIMPLE), [])) == []


def decided_with(prepared: Prepared) -> DecisionMade:
    """Decide (7, 1), whose score is 24, with a preparation that claims something else."""

    def claim(_reader: Reader, slots: Sequence[Slot]) -> Mapping[tuple[bytes, int], Prepared]:
        return {slot[:2]: prepared for slot in slots}

    def claiming(module: Module) -> Module:
        return replace(module, prepare=claim) if module.prepare else module

    harness = screening()
    machine = Machine([*map(claiming, modules()), ANYONE])
    transaction = harness.transaction(ANN, Decide("screening", (7, 1)))
    moment = Moment(9, harness.time_ms, 99)
    executed = machine.execute(harness.reader, [transaction], moment=moment, window=Window())
    made = DECISIONS.get(executed.overlay, 99 << 8)
    assert made is not None
    return made


def test_a_score_of_the_model_in_force_is_taken() -> None:
    assert decided_with(Prepared(HASH, 1000)).outcome == "block"


def test_a_score_of_another_model_is_not() -> None:
    assert decided_with(Prepared(bytes(32), 1000)).score == 24

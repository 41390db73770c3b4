"""Bad input is named, never guessed at: one rejection, with the values and what to do, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from tests.harness.exact_models import linear
from tests.harness.ledger import sign
from tests.harness.sdk import ANN, BOB, COLUMNS, OLGA, ROW, ZOE, opened, refused, screening

import muniment as mu
from muniment import exact
from muniment.client.identities import ReferenceMalformed
from muniment.client.ledger import Ledger
from muniment.client.local import PositionUnknown
from muniment.client.models import ModelUnreadable
from muniment.client.rows import FrameUnreadable, RowUnreadable
from muniment.client.systems import ThresholdMalformed
from muniment.core.keys import AccountIdMalformed, KeyMalformed, KeyWeak, SuiteUnknown
from muniment.core.transaction import (
    Duplicate,
    Expired,
    ExpiryTooFar,
    ForeignChain,
    Oversized,
    SignatureInvalid,
)
from muniment.engines.embedded import now_ms
from muniment.modules.accounts.genesis import AccountsGenesis
from muniment.modules.accounts.messages import RegisterAccount
from muniment.modules.accounts.types import Mode
from muniment.modules.decisions.errors import DecisionUnknown, ModeRefused, NotDecider, NotOverseer, NotParty
from muniment.modules.models.errors import (
    ModelFieldOutOfBounds,
    ModelNameTaken,
    ModelNotUsable,
    ModelUnknown,
    NotModelOwner,
)
from muniment.modules.records.messages import AnchorRecord
from muniment.modules.systems.errors import NotDeployer, NotInCharge, SystemIsStopped, SystemUnknown

WRONG_ROWS: dict[str, tuple[Any, type[mu.Rejected], dict[str, object]]] = {
    "missing column": ({"x0": 1.0}, exact.ColumnMissing, {"column": "x1", "given": ("x0",)}),
    "missing column of a series": (pd.Series({"x0": 1.0}), exact.ColumnMissing, {"column": "x1", "given": ("x0",)}),
    "unknown column": ({**ROW, "age": 4}, exact.ColumnUnknown, {"column": "age", "known": COLUMNS}),
    "misspelt column": ({"x0": 1.0, "X1": 1.0}, exact.ColumnMissing, {"column": "x1", "given": ("x0", "X1")}),
    "NaN": ({**ROW, "x0": float("nan")}, exact.ValueMissing, {"feature": "x0"}),
    "None": ({**ROW, "x0": None}, exact.ValueMissing, {"feature": "x0"}),
    "NA of pandas": ({**ROW, "x1": pd.NA}, exact.ValueMissing, {"feature": "x1"}),
    "too large": (
        {**ROW, "x0": 10.01},
        exact.ValueOutOfRange,
        {"feature": "x0", "value": "10.01", "minimum": "0.00", "maximum": "10.00"},
    ),
    "too small": (
        {**ROW, "x1": -1},
        exact.ValueOutOfRange,
        {"feature": "x1", "value": "-1", "minimum": "0.00", "maximum": "10.00"},
    ),
    "infinite": (
        {**ROW, "x1": float("inf")},
        exact.ValueOutOfRange,
        {"feature": "x1", "value": "inf", "minimum": "0.00", "maximum": "10.00"},
    ),
    "text with a unit": (
        {**ROW, "x0": "12 EUR"},
        exact.ValueWrongType,
        {"feature": "x0", "value": "'12 EUR'", "expected": "a number"},
    ),
    "text": ({**ROW, "x0": "5"}, exact.ValueWrongType, {"feature": "x0", "value": "'5'", "expected": "a number"}),
    "list": ({**ROW, "x0": [5]}, exact.ValueWrongType, {"feature": "x0", "value": "[5]", "expected": "a number"}),
    "truth value": (
        {**ROW, "x0": True},
        exact.ValueWrongType,
        {"feature": "x0", "value": "True", "expected": "a number, not a truth value"},
    ),
    "too few values": ([1.0], exact.InputsWrongLength, {"expected": 2, "given": 1}),
    "no row": (None, RowUnreadable, {"given": "nothing"}),
    "a number": (17, RowUnreadable, {"given": "a int"}),
    "a text": ("x0=1", RowUnreadable, {"given": "a str"}),
    "a frame": (pd.DataFrame([ROW]), RowUnreadable, {"given": "a DataFrame"}),
    "a matrix": (np.ones((1, 2)), RowUnreadable, {"given": "a ndarray"}),
}


@pytest.mark.parametrize("case", WRONG_ROWS)
@pytest.mark.parametrize("sealed", [False, True])
def test_a_wrong_row_is_refused_with_its_values(case: str, sealed: bool, tmp_path: Path) -> None:
    row, kind, fields = WRONG_ROWS[case]
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        with refused(ledger, kind) as caught:
            ledger.decide(system, row, by=ANN, sealed=sealed)
        assert caught.fields == fields


def _with_missing_values() -> bytes:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(rng.integers(0, 1_000, (300, 2)) / 100, columns=COLUMNS)
    rows[rng.random((300, 2)) < 0.2] = np.nan
    target = (rows.fillna(3).sum(axis=1) > 7).astype(int)
    fitted = HistGradientBoostingClassifier(max_iter=5, random_state=1).fit(rows, target)
    return exact.compile(fitted, calibration=rows, decimals=2).artifact


def test_a_missing_value_is_taken_where_the_model_has_a_branch_for_it(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger, artifact=_with_missing_values())
        one = ledger.decide(system, {"x0": None, "x1": float("nan")}, by=ANN)
        many = ledger.decide_many(system, pd.DataFrame({"x0": [np.nan, 1.0], "x1": [1.0, np.nan]}), by=ANN)
    assert one.inputs == (None, None)
    assert [decision.inputs for decision in many] == [(None, 100), (100, None)]


WRONG_FRAMES: dict[str, tuple[Any, type[mu.Rejected]]] = {
    "missing column": (pd.DataFrame({"x0": [1.0]}), exact.ColumnMissing),
    "unknown column": (pd.DataFrame({"x0": [1.0], "x1": [1.0], "label": [1]}), exact.ColumnUnknown),
    "one row": (ROW, FrameUnreadable),
    "a series": (pd.Series(ROW), FrameUnreadable),
    "columns of different length": ({"x0": [1.0, 2.0], "x1": [1.0]}, FrameUnreadable),
    "text": ("frame.csv", FrameUnreadable),
    "nothing": (None, FrameUnreadable),
    "a number": (3, FrameUnreadable),
}


@pytest.mark.parametrize("case", WRONG_FRAMES)
def test_a_frame_that_fits_not_at_all_is_refused_as_a_whole(case: str, tmp_path: Path) -> None:
    frame, kind = WRONG_FRAMES[case]
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        with refused(ledger, kind):
            ledger.decide_many(system, frame, by=ANN)


Do = Callable[[Ledger], object]
Asking = Callable[[Ledger, str], object]
ASKING: dict[str, Asking] = {
    "one": lambda ledger, system: ledger.decide(system, ROW, by=ANN),
    "many": lambda ledger, system: ledger.decide_many(system, [ROW] * 5, by=ANN),
}


@pytest.mark.parametrize("asking", ASKING)
class TestASystemThatCannotDecide:
    """Whether one row is asked about or many: one rejection."""

    def test_unknown(self, asking: str, tmp_path: Path) -> None:
        with opened(tmp_path / "ledger") as ledger, refused(ledger, SystemUnknown) as caught:
            ASKING[asking](ledger, "screning")
        assert caught.fields == {"system": "screning"}

    def test_stopped(self, asking: str, tmp_path: Path) -> None:
        with opened(tmp_path / "ledger") as ledger:
            ledger.systems.stop(screening(ledger), by=OLGA, reason="drift")
            with refused(ledger, SystemIsStopped) as caught:
                ASKING[asking](ledger, "screening")
            assert caught.fields == {"system": "screening", "reason": "drift"}

    @pytest.mark.parametrize("standing", ["suspended", "retired"])
    def test_model_out_of_service(self, asking: str, standing: str, tmp_path: Path) -> None:
        with opened(tmp_path / "ledger") as ledger:
            screening(ledger)
            change = ledger.models.suspend if standing == "suspended" else ledger.models.retire
            change("risk", by=ANN, reason="recalled")
            with refused(ledger, ModelNotUsable) as caught:
                ASKING[asking](ledger, "screening")
            assert caught.fields["standing"] == standing
            assert caught.fields["reason"] == "recalled"

    def test_wrong_wallet(self, asking: str, tmp_path: Path) -> None:
        with opened(tmp_path / "ledger") as ledger:
            system = screening(ledger, operators=[BOB.id])
            ledger.decide(system, ROW, by=BOB)
            with refused(ledger, NotDecider) as caught:
                if asking == "one":
                    ledger.decide(system, ROW, by=ZOE)
                else:
                    ledger.decide_many(system, [ROW], by=ZOE)
            assert caught.fields == {"system": "screening", "sender": ZOE.id}

    @pytest.mark.parametrize(("mode", "sealed"), [("open", True), ("sealed", False)])
    def test_wrong_mode(self, asking: str, mode: Any, sealed: bool, tmp_path: Path) -> None:
        with opened(tmp_path / "ledger") as ledger:
            system = screening(ledger, mode=mode)
            with refused(ledger, ModeRefused):
                if asking == "one":
                    ledger.decide(system, ROW, by=ANN, sealed=sealed)
                else:
                    ledger.decide_many(system, [ROW], by=ANN, sealed=sealed)


def _submitted(ledger: Ledger, *envelopes: bytes) -> object:
    (outcome,) = ledger.submit(envelopes)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


ANCHOR = AnchorRecord(bytes(32), rows=1, name="data")
ELSEWHERE: dict[str, tuple[Callable[[str], bytes], type[mu.Rejected]]] = {
    "expired": (lambda chain: sign(chain, ANN, ANCHOR, expires_ms=now_ms() - 1), Expired),
    "too far ahead": (lambda chain: sign(chain, ANN, ANCHOR, expires_ms=now_ms() + 3_600_000), ExpiryTooFar),
    "foreign chain": (lambda _: sign("another-12345678", ANN, ANCHOR), ForeignChain),
    "broken signature": (lambda chain: sign(chain, ANN, ANCHOR)[:-1] + b"\0", SignatureInvalid),
    "oversized": (lambda chain: sign(chain, ANN, ANCHOR) + bytes(7 << 20), Oversized),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_an_envelope_from_elsewhere_is_refused(case: str, tmp_path: Path) -> None:
    make, kind = ELSEWHERE[case]
    with opened(tmp_path / "ledger") as ledger:
        envelope = make(ledger.chain)
        with refused(ledger, kind):
            _submitted(ledger, envelope)


def test_a_transaction_is_taken_once(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        envelope = sign(ledger.chain, ANN, ANCHOR)
        first, second = ledger.submit([envelope, envelope])
        assert isinstance(first, mu.Receipt)
        assert isinstance(second, Duplicate)
        with refused(ledger, Duplicate):
            _submitted(ledger, envelope)


KEYS: dict[str, tuple[int, bytes, type[mu.Rejected]]] = {
    "small order": (1, bytes([1]) + bytes(31), KeyWeak),
    "too short": (1, bytes(31), KeyMalformed),
    "no suite": (9, bytes(32), SuiteUnknown),
    "half of a dual key": (3, bytes(32), KeyMalformed),
}


@pytest.mark.parametrize("case", KEYS)
def test_a_weak_or_malformed_key_cannot_be_registered(case: str, tmp_path: Path) -> None:
    suite, key, kind = KEYS[case]
    closed = {"accounts": AccountsGenesis(registration=Mode.ADMIN, admins=(ANN.id,))}
    with opened(tmp_path / "ledger", modules=closed) as ledger, refused(ledger, kind):
        ledger.transact(RegisterAccount(suite, key, "zoe"), by=ANN)


def test_a_model_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        with refused(ledger, ModelFieldOutOfBounds):
            ledger.models.publish(bytes((4 << 20) + 1), by=ANN, name="large")
        with refused(ledger, Oversized):
            ledger.models.publish(bytes(7 << 20), by=ANN, name="larger")


REFUSED: dict[str, tuple[Do, type[mu.Rejected]]] = {
    "unknown model": (
        lambda ledger: ledger.systems.deploy("s", model="risc", outcomes={"a": 0}, overseers=[OLGA], by=ANN),
        ModelUnknown,
    ),
    "not a model": (lambda ledger: ledger.models.publish(b"not onnx", by=ANN, name="m"), exact.NotExact),
    "estimator that was not compiled": (
        lambda ledger: ledger.models.publish(LogisticRegression(), by=ANN, name="m"),
        ModelUnreadable,
    ),
    "no such file": (lambda ledger: ledger.models.publish("no.onnx", by=ANN, name="m"), ModelUnreadable),
    "name of somebody else": (
        lambda ledger: ledger.models.publish(linear((1, 1)), by=BOB, name="risk"),
        ModelNameTaken,
    ),
    "model of somebody else": (lambda ledger: ledger.models.retire("risk", by=BOB, reason="no"), NotModelOwner),
    "system of somebody else": (lambda ledger: ledger.systems.update("screening", by=BOB, purpose="x"), NotDeployer),
    "stop by a stranger": (lambda ledger: ledger.systems.stop("screening", by=ZOE, reason="no"), NotInCharge),
    "overseer that is no account": (
        lambda ledger: ledger.systems.deploy("s", model="risk", outcomes={"a": 0}, overseers=["olga"], by=ANN),
        AccountIdMalformed,
    ),
    "threshold that is no number": (
        lambda ledger: ledger.systems.update("screening", by=ANN, outcomes={"a": 0, "b": "high"}),
        ThresholdMalformed,
    ),
    "probability of a score without one": (
        lambda ledger: ledger.systems.update("screening", by=ANN, outcomes={"a": 0, "b": "70%"}),
        ThresholdMalformed,
    ),
    "truth value as threshold": (
        lambda ledger: ledger.systems.update("screening", by=ANN, outcomes={"a": 0, "b": True}),
        ThresholdMalformed,
    ),
    "threshold without end": (
        lambda ledger: ledger.systems.update("screening", by=ANN, outcomes={"a": 0, "b": float("inf")}),
        ThresholdMalformed,
    ),
    "model in the place of a record": (
        lambda ledger: ledger.models.publish(linear((1, 2)), by=ANN, name="m", trained_on=[ledger.models.get("risk")]),
        ReferenceMalformed,
    ),
    "unknown decision": (lambda ledger: ledger.decisions.get("decision:999"), DecisionUnknown),
    "decision of another kind": (lambda ledger: ledger.decisions.get("record:1"), ReferenceMalformed),
    "proof of what is not there": (lambda ledger: ledger.prove("decision:999"), PositionUnknown),
    "override by a stranger": (lambda ledger: _override(ledger), NotOverseer),
    "appeal by a stranger": (lambda ledger: _appeal(ledger), NotParty),
}


def _override(ledger: Ledger) -> object:
    return ledger.decisions.override("decision:2", outcome="block", by=ANN, reason="no")


def _appeal(ledger: Ledger) -> object:
    return ledger.decisions.appeal("decision:2", by=ZOE, grounds=bytes(32), category="x")


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_refused(case: str, tmp_path: Path) -> None:
    action, kind = REFUSED[case]
    with opened(tmp_path / "ledger") as ledger:
        assert ledger.decide(screening(ledger), ROW, by=ANN).id == "decision:2"
        with refused(ledger, kind):
            action(ledger)


def test_who_cannot_sign_is_told_so(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        before = ledger.status().log_size
        with pytest.raises(TypeError, match="Wallet"):
            ledger.decide(system, ROW, by=ANN.id)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="Wallet"):
            ledger.decide_many(system, [ROW], by=ANN.account)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="list"):
            ledger.submit(sign(ledger.chain, ANN, ANCHOR))  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="what can be changed"):
            ledger.systems.update(system, by=ANN, overseer=[BOB])
        with pytest.raises(TypeError, match="by its name"):
            ledger.decide(17, ROW, by=ANN)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="rotated"):
            ledger.accounts.rotate(ANN, to=BOB)
        assert ledger.status().log_size == before


THRESHOLDS: list[tuple[Any, int]] = [
    (100, 100),
    (np.int64(100), 100),
    (99.6, 100),
    (np.float32(100), 100),
    ("100", 100),
    ("1e2", 100),
    (Decimal("99.5"), 100),
    (Fraction(401, 4), 100),
]


@pytest.mark.parametrize(("threshold", "units"), THRESHOLDS)
def test_a_threshold_may_be_any_number(threshold: Any, units: int, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        screening(ledger)
        system = ledger.systems.update("screening", by=ANN, outcomes={"low": 0, "high": threshold})
        assert system.terms.outcomes[1].threshold == units


def test_accounts_and_models_may_be_given_as_whatever_stands_for_them(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        published = ledger.models.publish(linear((1, 1)), by=ANN, name="m")
        card = ledger.models.card("m")
        for number, model in enumerate(["m", "m@1", published, published.model, published.model.hex(), card]):
            system = ledger.systems.deploy(
                f"s{number}", model=model, outcomes={"a": 0, "b": 5}, overseers=OLGA, operators=BOB.id, by=ANN
            )
            assert system.terms.model.model == published.model
            assert (system.terms.overseers, system.terms.operators) == ((OLGA.account,), (BOB.account,))
        assert [one.name for one in ledger.systems.list()] == [f"s{number}" for number in range(6)]
        assert ledger.models.versions(published) == (published,)
        assert ledger.models.list() == (published,)

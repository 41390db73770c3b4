"""From people's values to fixed-point integers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from muniment import exact
from muniment.core.errors import Rejected
from muniment.exact.card import Card, ScoreType

FEATURES = (
    exact.Feature("amount", unit="EUR", decimals=2, minimum=0, maximum=1_000_00),
    exact.Feature("age", minimum=0, maximum=120, nullable=True),
    exact.Feature("country", maximum=2, categories=("AT", "BE", "7")),
    exact.Feature("new", maximum=1),
)
CARD = Card(
    id=bytes(32),
    features=FEATURES,
    score=ScoreType("1", "log-odds", 3, -5000, 5000, "logit"),
    kind="trees",
    trees=1,
    nodes=3,
    depth=1,
    size_bytes=1,
)
ROW: dict[str, Any] = {"amount": 12.34, "age": 40, "country": "BE", "new": True}


def test_a_row_becomes_integers() -> None:
    assert exact.quantize(CARD, ROW) == (1234, 40, 1, 1)
    assert exact.quantize(CARD, (Decimal("12.345"), None, 7, 0)) == (1234, None, 2, 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.125, 12),
        (0.375, 38),
        (Decimal("0.125"), 12),
        (Fraction(3, 8), 38),
        (2.675, 267),
        (np.float32(0.5), 50),
        (np.int64(3), 300),
        (Decimal("1e-9999"), 0),
    ],
)
def test_rounding_is_exact_and_half_to_even(value: object, expected: int) -> None:
    assert exact.quantize(CARD, {**ROW, "amount": value})[0] == expected


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"amount": None}, exact.ValueMissing),
        ({"amount": float("nan")}, exact.ValueMissing),
        ({"amount": -0.01}, exact.ValueOutOfRange),
        ({"amount": 1000.01}, exact.ValueOutOfRange),
        ({"amount": float("inf")}, exact.ValueOutOfRange),
        ({"amount": Decimal("1e99999999")}, exact.ValueOutOfRange),
        ({"amount": Decimal("nan")}, exact.ValueOutOfRange),
        ({"amount": "12"}, exact.ValueWrongType),
        ({"amount": True}, exact.ValueWrongType),
        ({"amount": [1]}, exact.ValueWrongType),
        ({"country": "XX"}, exact.CategoryUnknown),
        ({"country": None}, exact.ValueMissing),
        ({"country": b"AT"}, exact.ValueWrongType),
        ({"extra": 1}, exact.ColumnUnknown),
    ],
)
def test_bad_values_are_named(change: dict[str, Any], refusal: type[Rejected]) -> None:
    with pytest.raises(refusal):
        exact.quantize(CARD, {**ROW, **change})


def test_an_absent_column_is_named() -> None:
    with pytest.raises(exact.ColumnMissing) as refused:
        exact.quantize(CARD, {"amount": 1})
    assert refused.value.fields["column"] == "age"


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(exact.InputsWrongLength):
        exact.quantize(CARD, (1, 2))


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "new": [True, False, True, False],
            "amount": [1.005, 2.675, -1.0, 5.0],
            "age": [1.0, np.nan, 3.0, 4.0],
            "country": ["AT", "BE", "AT", "XX"],
        }
    )


@pytest.mark.parametrize("kind", ["pandas", "categorical", "arrow", "mapping", "rows", "nullable"])
def test_good_rows_pass_and_bad_ones_are_listed(kind: str) -> None:
    data = frame()
    forms: dict[str, Any] = {
        "pandas": data,
        "categorical": data.astype({"country": "category"}),
        "arrow": pa.Table.from_pandas(data),
        "mapping": {name: data[name].to_numpy() for name in data.columns},
        "rows": data.to_dict("records"),
        "nullable": data.astype({"age": "Int64", "amount": "Float64"}),
    }
    given = forms[kind]
    table, bad = exact.quantize_many(CARD, given)
    assert table[:2].tolist() == [[100, 1, 0, 1], [267, exact.MISSING, 1, 0]]
    assert [(index, type(fault)) for index, fault in bad] == [
        (2, exact.ValueOutOfRange),
        (3, exact.CategoryUnknown),
    ]
    assert (table[2:] == exact.MISSING).all()


def test_a_frame_without_a_feature_is_refused() -> None:
    with pytest.raises(exact.ColumnMissing):
        exact.quantize_many(CARD, frame().drop(columns="age"))
    with pytest.raises(exact.ColumnUnknown):
        exact.quantize_many(CARD, frame().assign(label=1))


def test_inputs_are_held_against_the_card() -> None:
    exact.check_inputs(CARD, (1234, None, 1, 0))
    for row, refusal in (
        ((1, 2, 1), exact.InputsWrongLength),
        ((None, 2, 1, 0), exact.ValueMissing),
        ((1, 121, 1, 0), exact.ValueOutOfRange),
        ((1, 2, 3, 0), exact.ValueOutOfRange),
        ((1.0, 2, 1, 0), exact.ValueWrongType),
        ((1, 2, 1, False), exact.ValueWrongType),
    ):
        with pytest.raises(refusal):
            exact.check_inputs(CARD, row)  # type: ignore[arg-type]


def test_scores_read_as_probabilities_and_back() -> None:
    score = CARD.score
    assert score.to_float(-1500) == -1.5
    assert score.to_probability(0) == 0.5
    assert score.from_probability(0.5) == 0
    assert (score.from_probability(0), score.from_probability(1)) == (-5000, 5000)
    assert abs(score.to_probability(score.from_probability(0.9)) - 0.9) < 1e-3
    assert score.text(-1500) == "-1.500"


def test_features_write_their_values_as_people_do() -> None:
    assert [feature.text(value) for feature, value in zip(FEATURES, (5, None, 2, 1), strict=True)] == [
        "0.05",
        "missing",
        "7",
        "1",
    ]

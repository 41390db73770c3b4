"""Figures at the original prevalence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from muniment.packs.fraud import metrics
from muniment.packs.fraud.payments import Bools, Floats


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 8), st.integers(1, 9)), min_size=1, max_size=60))
def test_average_precision_is_that_of_scikit_learn(rows: list[tuple[bool, int, int]]) -> None:
    fraud, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    ours = metrics.average_precision(fraud, scores.astype(np.int64), weights.astype(np.float64))
    if not fraud.any():
        assert math.isnan(ours)
        return
    assert ours == pytest.approx(average_precision_score(fraud, scores, sample_weight=weights))


def _sample() -> tuple[Bools, Floats, Floats]:
    rng = np.random.default_rng(1)
    fraud = rng.random(400) < 0.1
    return fraud, rng.normal(size=400) + 2 * fraud, np.where(fraud, 1.0, 13.0)


def test_the_interval_holds_the_estimate_and_is_the_same_every_time() -> None:
    fraud, scores, weights = _sample()
    first = metrics.bootstrap(fraud, scores, weights, rounds=250)
    assert first == metrics.bootstrap(fraud, scores, weights, rounds=250)
    assert first.low < first.value < first.high
    assert first.value == metrics.average_precision(fraud, scores, weights)


def test_more_rows_narrow_the_interval() -> None:
    fraud, scores, weights = _sample()
    few = metrics.bootstrap(fraud, scores, weights, rounds=200)
    many = metrics.bootstrap(np.tile(fraud, 10), np.tile(scores, 10), np.tile(weights, 10), rounds=200)
    assert many.high - many.low < few.high - few.low


def test_without_frauds_there_is_no_figure() -> None:
    nothing = metrics.bootstrap(np.zeros(3, dtype=np.bool_), np.arange(3), np.ones(3), rounds=20)
    assert math.isnan(nothing.value)
    assert math.isnan(nothing.low)


def test_figures_per_outcome_count_each_legitimate_row_by_its_weight() -> None:
    fraud = np.array([True, True, False, False])
    found = metrics.by_outcome(
        fraud, ["block", "approve", "block", "approve"], np.where(fraud, 1.0, 9.0), names=("approve", "block", "review")
    )
    approve, block, review = found
    assert (block.payments, block.frauds, block.precision, block.recall) == (2, 1, 0.1, 0.5)
    assert block.per_thousand == pytest.approx(500)
    assert approve.outcome == "approve"
    assert (review.payments, review.precision, review.recall, review.per_thousand) == (0, None, 0.0, 0.0)

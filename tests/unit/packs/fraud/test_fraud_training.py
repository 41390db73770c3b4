"""Choosing and training a model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from muniment.packs.fraud import payments, training
from muniment.packs.fraud.errors import LibraryMissing
from muniment.packs.fraud.thresholds import ALERTS_PER_THOUSAND


def _quick() -> dict[str, Callable[[], Any]]:
    known = training.candidates()
    return {
        "small forest": lambda: known["extra trees"]().set_params(n_estimators=10),
        "logistic regression": known["logistic regression"],
    }


@pytest.fixture(scope="module")
def parts() -> payments.Parts:
    return payments.split(payments.load())


@pytest.fixture(scope="module")
def trained(parts: payments.Parts) -> training.Trained:
    return training.train(parts, families=_quick())


def test_the_best_family_in_validation_is_chosen(trained: training.Trained) -> None:
    assert [choice.name for choice in trained.choices] == ["small forest", "logistic regression"]
    assert trained.chosen == "small forest"
    assert trained.choices[0].mean > trained.choices[1].mean
    assert all(0 < figure <= 1 for choice in trained.choices for figure in choice.average_precision)


def test_the_later_part_changes_nothing(parts: payments.Parts, trained: training.Trained) -> None:
    without = payments.Parts(parts.training, parts.calibration, parts.later.iloc[:0])
    again = training.train(without, families=_quick())
    assert again.model.id == trained.model.id
    assert again.thresholds == trained.thresholds


def test_the_exact_model_loses_nothing(trained: training.Trained) -> None:
    report = trained.model.report
    assert report is not None
    assert report.difference is not None
    assert abs(report.difference) <= 0.002


def test_thresholds_keep_the_alert_budget_on_the_calibration_part(
    parts: payments.Parts, trained: training.Trained
) -> None:
    scores = training.scores(trained.model, parts.calibration)
    weights = payments.weights(payments.is_fraud(parts.calibration))
    alerts = weights[scores >= trained.thresholds.review].sum() / weights.sum() * 1000
    assert 0 < alerts <= ALERTS_PER_THOUSAND
    assert trained.thresholds.review < trained.thresholds.block


def test_scores_are_integers_that_repeat(parts: payments.Parts, trained: training.Trained) -> None:
    first = training.scores(trained.model, parts.later)
    assert first.dtype == np.int64
    assert np.array_equal(first, training.scores(trained.model, parts.later))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(LibraryMissing) as caught:
        training.candidates()
    assert caught.value.fields["library"] == "scikit-learn"


def test_every_candidate_has_a_name_and_is_unfitted() -> None:
    for make in training.candidates().values():
        assert hasattr(make(), "fit")
        assert not hasattr(make(), "classes_")

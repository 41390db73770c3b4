"""Small trained models, one per kind, shared by the tests of this folder."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor

from muniment import exact

Table = npt.NDArray[np.float64]


@pytest.fixture(scope="session")
def table() -> Table:
    """400 rows: amount (cents), count, category code, balance with missing values."""
    source = np.random.default_rng(7)
    rows = np.round(source.normal(size=(400, 4)) * [50, 3, 1, 10], 2)
    rows[:, 0] = np.abs(rows[:, 0])
    rows[:, 1] = np.rint(rows[:, 1])
    rows[:, 2] = source.integers(0, 5, 400)
    rows[source.random(400) < 0.15, 3] = np.nan
    return rows


@pytest.fixture(scope="session")
def labels(table: Table) -> npt.NDArray[np.int64]:
    filled = np.nan_to_num(table)
    found: npt.NDArray[np.int64] = (filled[:, 0] / 50 + (filled[:, 2] == 3) + filled[:, 3] / 20 > 1).astype(np.int64)
    return found


@pytest.fixture(scope="session")
def trees(table: Table, labels: npt.NDArray[np.int64]) -> exact.ExactModel:
    fitted = HistGradientBoostingClassifier(max_iter=8, max_depth=4, categorical_features=[2], random_state=0)
    return exact.compile(fitted.fit(table, labels), calibration=table, target=labels)


@pytest.fixture(scope="session")
def linear(table: Table, labels: npt.NDArray[np.int64]) -> exact.ExactModel:
    filled = np.nan_to_num(table)
    return exact.compile(LogisticRegression(max_iter=1000).fit(filled, labels), calibration=filled, target=labels)


@pytest.fixture(scope="session")
def mlp(table: Table) -> exact.ExactModel:
    filled = np.nan_to_num(table)
    fitted = MLPRegressor(hidden_layer_sizes=(8, 4), solver="lbfgs", max_iter=5000, random_state=0)
    return exact.compile(fitted.fit(filled, filled[:, 0] * 0.1), calibration=filled)

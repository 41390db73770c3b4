"""Scores of the float model, in the unit the exact model scores in."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Dense, Ensemble, Floats


def float_scores(estimator: Any, model: Ensemble | Dense, table: Any) -> Floats:
    """Return one score per row of `table`, as `ScoreType.to_float` gives it (for link "log": its exponential)."""
    if isinstance(model, Dense) and model.link == "logit" and not hasattr(estimator, "decision_function"):
        return _log_odds(estimator, model, table)
    with warnings.catch_warnings():
        # Whether names were seen in training is settled when the columns are matched.
        warnings.simplefilter("ignore")
        return np.asarray(_scores(estimator, model.link, table), dtype=np.float64).ravel()


def _scores(estimator: Any, link: str, table: Any) -> Any:
    library = type(estimator).__module__.partition(".")[0]
    if library == "lightgbm":
        return _exponential(link, estimator.predict(table, raw_score=True))
    if library == "xgboost":
        return _exponential(link, _xgboost(estimator, table))
    if link == "path-length":
        return _path_lengths(estimator, table)
    if link == "probability":
        return estimator.predict_proba(table)[:, 1]
    if link != "logit":
        return estimator.predict(table)
    return estimator.decision_function(table)


def _exponential(link: str, scores: Any) -> Any:
    return np.exp(scores) if link == "log" else scores


def _xgboost(estimator: Any, table: Any) -> Any:
    if hasattr(estimator, "get_booster"):
        return estimator.predict(table, output_margin=True)
    import xgboost

    best = estimator.attr("best_iteration")
    last = 0 if best is None else int(best) + 1
    return estimator.predict(xgboost.DMatrix(table), output_margin=True, iteration_range=(0, last))


def _path_lengths(estimator: Any, table: Any) -> Any:
    """Return minus the mean path length behind the anomaly score 2 ** (-length / c)."""
    steps = getattr(estimator, "steps", None)
    if steps is not None:
        for _, step in steps[:-1]:
            table = table if step in (None, "passthrough") else step.transform(table)
        estimator = steps[-1][1]
    rows = float(max(estimator._max_samples, 3))
    average = 2.0 * (np.log(rows - 1.0) + np.euler_gamma) - 2.0 * (rows - 1.0) / rows
    if estimator._max_samples <= 2:
        average = 1.0
    return np.log2(-estimator.score_samples(table)) * average


def _log_odds(estimator: Any, model: Dense, table: Any) -> Floats:
    """Return the log-odds of a perceptron, which only tells probabilities that saturate at 0 and 1."""
    steps = getattr(estimator, "steps", None)
    for _, step in steps[:-1] if steps is not None else ():
        table = table if step in (None, "passthrough") else step.transform(table)
    values: Floats = np.asarray(table, dtype=np.float64)
    last = len(model.weights) - 1
    for layer, (weights, bias) in enumerate(zip(model.weights, model.biases, strict=True)):
        values = values @ weights + bias
        values = values if layer == last else np.maximum(values, 0)
    return values.ravel()

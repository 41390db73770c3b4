"""How close an exact model comes to the one it was compiled from."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from muniment.exact.compiler.ensemble import Floats


class Fidelity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The exact model held against the float model on the calibration rows.

    Args:
        metric: "average precision", "rmse", or "" without a target.
        float_model: The metric of the float model.
        exact_model: The metric of the exact model.
        difference: exact_model - float_model.
        rank_agreement: Spearman's rank correlation of both scores.
        max_score_error: Greatest difference of a score, in the unit of the score.
        rows: Calibration rows compared.
        prevalence: Share (by weight) of the positive class; `None` for regression.
        weighted: Whether rows were weighted.
    """

    metric: str
    float_model: float | None
    exact_model: float | None
    difference: float | None
    rank_agreement: float
    max_score_error: float
    rows: int
    prevalence: float | None
    weighted: bool


def fidelity(
    float_scores: Floats, exact_scores: Floats, *, target: Any, positive: Any, weights: Floats | None
) -> Fidelity:
    """Return the comparison.

    Args:
        float_scores: Score of the float model per row.
        exact_scores: Score of the exact model per row, in the same unit.
        target: Labels or values per row, or `None`.
        positive: Label of the positive class; `None` for regression.
        weights: Weight per row, or `None`.
    """
    weight = np.ones(float_scores.size) if weights is None else weights
    metric, prevalence = "", None
    pair: tuple[float | None, float | None] = (None, None)
    if target is not None and positive is not None:
        truth = np.array([str(label) == str(positive) for label in target.tolist()])
        metric, prevalence = "average precision", float(weight[truth].sum() / weight.sum())
        pair = average_precision(truth, float_scores, weight), average_precision(truth, exact_scores, weight)
    elif target is not None:
        metric = "rmse"
        pair = _rmse(target, float_scores, weight), _rmse(target, exact_scores, weight)
    return Fidelity(
        metric,
        pair[0],
        pair[1],
        None if pair[0] is None or pair[1] is None else pair[1] - pair[0],
        rank_agreement(float_scores, exact_scores),
        float(np.abs(float_scores - exact_scores).max()),
        int(float_scores.size),
        prevalence,
        weights is not None,
    )


def average_precision(truth: Any, scores: Floats, weight: Floats) -> float:
    """Return the area under the precision-recall steps, equal scores taken together.

    Args:
        truth: Whether each row is positive.
        scores: Higher is more likely positive.
        weight: Weight of each row.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), scores.size - 1)
    hits = np.cumsum(np.where(truth, weight, 0.0)[order])[ends]
    seen = np.cumsum(weight[order])[ends]
    if hits[-1] <= 0:
        return 0.0
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    return float(np.sum(np.diff(hits, prepend=0.0) / hits[-1] * precision))


def rank_agreement(left: Floats, right: Floats) -> float:
    """Return Spearman's rank correlation, 1.0 if either side is constant."""
    ranks = [_ranks(scores) for scores in (left, right)]
    spread = [float(rank.std()) for rank in ranks]
    if min(spread) == 0:
        return 1.0
    centred = [rank - rank.mean() for rank in ranks]
    # Rounding can carry a perfect agreement just beyond 1.
    return float(np.clip(np.mean(centred[0] * centred[1]) / (spread[0] * spread[1]), -1.0, 1.0))


def _ranks(scores: Floats) -> Floats:
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ends: Floats = np.cumsum(count).astype(np.float64)
    ranks: Floats = (ends - (count - 1) / 2)[place]
    return ranks


def _rmse(target: Any, scores: Floats, weight: Floats) -> float:
    errors = np.asarray(target, dtype=np.float64) - scores
    return float(np.sqrt(np.sum(weight * errors**2) / weight.sum()))

"""Figures of a fraud model at the original prevalence: average precision with its interval, figures per outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from muniment.packs.fraud.payments import Bools, Floats

Scores = npt.NDArray[np.int64] | Floats

_SEED = 20_130_901
_ROUNDS_AT_A_TIME = 100


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class OutcomeFigures:
    """What one outcome was given to.

    Attributes:
        outcome: Its name.
        payments: Rows that got it.
        frauds: How many of them were frauds.
        precision: Share of frauds among those who got it, at the original prevalence; None if nobody did.
        recall: Share of all frauds that got it; None if there was no fraud.
        per_thousand: Payments that got it out of 1,000, at the original prevalence.
    """

    outcome: str
    payments: int
    frauds: int
    precision: float | None
    recall: float | None
    per_thousand: float


def average_precision(fraud: Bools, scores: Scores, weights: Floats) -> float:
    """Return the weighted area under the precision-recall steps, equal scores taken together.

    Args:
        fraud: Whether each row is one, [rows].
        scores: Higher is more suspicious, [rows].
        weights: How many payments each row stands for, [rows].

    Returns:
        0 to 1; NaN if no row is a fraud.
    """
    order, ends = _steps(scores)
    return float(_areas(fraud[order], weights[order][None, :], ends)[0])


def bootstrap(fraud: Bools, scores: Scores, weights: Floats, *, rounds: int = 1000) -> Interval:
    """Return the average precision and its 95 % interval: percentiles over rows drawn with replacement.

    Args:
        fraud: Whether each row is one, [rows].
        scores: Higher is more suspicious, [rows].
        weights: How many payments each row stands for, [rows].
        rounds: Draws; the seed is fixed.
    """
    order, ends = _steps(scores)
    truth, weight = fraud[order], weights[order]
    rng = np.random.default_rng(_SEED)
    chances = np.full(truth.size, 1 / truth.size)
    areas = [
        _areas(truth, rng.multinomial(truth.size, chances, size=min(_ROUNDS_AT_A_TIME, rounds - done)) * weight, ends)
        for done in range(0, rounds, _ROUNDS_AT_A_TIME)
    ]
    drawn = np.concatenate(areas)
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size:
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Interval(float(_areas(truth, weight[None, :], ends)[0]), float(low), float(high))


def by_outcome(
    fraud: Bools, outcomes: Sequence[str], weights: Floats, *, names: Sequence[str]
) -> tuple[OutcomeFigures, ...]:
    """Return the figures of each outcome, in the order of `names`.

    Args:
        fraud: Whether each row is one, [rows].
        outcomes: What each row got, [rows].
        weights: How many payments each row stands for, [rows].
        names: The outcomes there are.
    """
    given = np.asarray(outcomes, dtype=object)
    return tuple(_figures(name, np.asarray(given == name), fraud, weights) for name in names)


def _figures(name: str, got: Bools, fraud: Bools, weights: Floats) -> OutcomeFigures:
    weight, frauds = float(weights[got].sum()), int((got & fraud).sum())
    return OutcomeFigures(
        outcome=name,
        payments=int(got.sum()),
        frauds=frauds,
        precision=float(weights[got & fraud].sum()) / weight if weight else None,
        recall=frauds / int(fraud.sum()) if fraud.any() else None,
        per_thousand=1000 * weight / float(weights.sum()) if weights.size else 0.0,
    )


def _steps(scores: Scores) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return rows by falling score, and the last place of each run of equal scores."""
    order = np.argsort(-scores, kind="stable")
    return order, np.append(np.flatnonzero(np.diff(scores[order])), scores.size - 1)


def _areas(truth: Bools, weights: Floats, ends: npt.NDArray[np.intp]) -> Floats:
    """Return the area under the steps for each row of `weights`, [draws]."""
    hits = np.cumsum(weights * truth, axis=1)[:, ends]
    seen = np.cumsum(weights, axis=1)[:, ends]
    precision = np.divide(hits, seen, out=np.zeros_like(hits), where=seen > 0)
    gained = np.diff(hits, axis=1, prepend=0.0)
    total = hits[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        areas: Floats = (gained * precision).sum(axis=1) / total
    return areas

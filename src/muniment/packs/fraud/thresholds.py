"""From scores to outcomes: where review begins and where blocking begins, by rules stated beforehand.

Both are set on the calibration part alone, at the original prevalence:
- **block** begins at the lowest score from which on at least `BLOCK_PRECISION` of the payments are frauds;
- **review** begins at the lowest score from which on no more than `ALERTS_PER_THOUSAND` of 1,000 payments are found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from muniment.packs.fraud.payments import Bools, Floats

Scores = npt.NDArray[np.int64]


BLOCK_PRECISION = 0.90
ALERTS_PER_THOUSAND = 5.0

#: By ascending threshold.
OUTCOMES = ("approve", "review", "block")


@dataclass(frozen=True)
class Thresholds:
    """Scores from which on a payment is reviewed, and from which on it is blocked, in units of the model's score."""

    review: int
    block: int

    def outcomes(self) -> dict[str, int]:
        """Return them as `Systems.deploy` takes them."""
        return dict(zip(OUTCOMES, (0, self.review, self.block), strict=True))


def choose(
    fraud: Bools,
    scores: Scores,
    weights: Floats,
    *,
    precision: float = BLOCK_PRECISION,
    alerts: float = ALERTS_PER_THOUSAND,
) -> Thresholds:
    """Return the thresholds that the rules give.

    Where no score reaches the precision, only scores above all of these are blocked.

    Args:
        fraud: Whether each calibration row is one, [rows].
        scores: Integer scores of the exact model, [rows].
        weights: How many payments each row stands for, [rows].
        precision: Least share of frauds among the blocked.
        alerts: Most payments of 1,000 that are reviewed or blocked.
    """
    levels, frauds, seen = _from_each_level_on(fraud, scores, weights)
    block = _lowest(levels, frauds / seen >= precision)
    review = _lowest(levels, seen * 1000 <= alerts * seen[0])
    return Thresholds(min(review, block - 1), block)


def _from_each_level_on(fraud: Bools, scores: Scores, weights: Floats) -> tuple[Scores, Floats, Floats]:
    """Return the ascending distinct scores, and the weight of frauds and of all rows at or above each."""
    levels, place = np.unique(scores, return_inverse=True)
    return levels, _downwards(place, weights * fraud), _downwards(place, weights)


def _downwards(place: npt.NDArray[np.intp], weights: Floats) -> Floats:
    """Return the weight at or above each level."""
    per_level = np.bincount(place, weights=weights).astype(np.float64)
    summed: Floats = np.cumsum(per_level[::-1])[::-1]
    return summed


def _lowest(levels: Scores, holds: Bools) -> int:
    """Return the lowest level at which the rule holds; one above all if it holds nowhere."""
    found = np.flatnonzero(holds)
    return int(levels[found[0]]) if found.size else int(levels[-1]) + 1

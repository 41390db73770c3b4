"""The scores along the way from a baseline row to another, one feature changed at each step, there and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from muniment.exact.checker import Proven
from muniment.exact.evaluation import follow, tensor
from muniment.exact.graph import OUTPUT
from muniment.exact.wire import Int64s
from muniment.exact.work import EXPLAINED_VALUES, first_product, slice_rows


@dataclass(frozen=True, slots=True)
class Walks:
    """Two walks, by way of the scores at `moved.size` + 1 places.

    Args:
        moved: Features whose change can change the score, in the order of the card; the others are not walked.
        columns: Columns of all tensors that are computed for a place.
        scores_at: Scores at places `start` to `stop` of the walk, which takes the features in order, or in reverse.
    """

    moved: Int64s
    columns: int
    scores_at: Callable[[int, int, bool], Int64s]

    def scores(self, *, back: bool) -> Int64s:
        """Return the score at every place of one walk, int64 [places], from few rows at a time to bound memory."""
        places, rows = self.moved.size + 1, slice_rows(self.columns, EXPLAINED_VALUES)
        parts = [self.scores_at(start, min(start + rows, places), back) for start in range(0, places, rows)]
        return np.concatenate(parts)


def walks_of(proven: Proven, row: Int64s, baseline: Int64s) -> Walks:
    """Return the walks from `baseline` to `row`."""
    place = first_product(proven.graph, proven.ranges)
    return _by_rows(proven, row, baseline) if place is None else _by_terms(proven, row, baseline, place)


def _by_rows(proven: Proven, row: Int64s, baseline: Int64s) -> Walks:
    order = np.arange(row.size)

    def scores_at(start: int, stop: int, back: bool) -> Int64s:
        taken = order < np.arange(start, stop)[:, None]
        rows = np.where(taken[:, ::-1] if back else taken, row, baseline)
        return tensor(proven, rows, OUTPUT)[:, 0]

    return Walks(order, proven.card.columns, scores_at)


def _by_terms(proven: Proven, row: Int64s, baseline: Int64s, place: int) -> Walks:
    """Add up what each feature adds to the product at `place`, and compute only what comes after it."""
    product, tail = proven.graph.nodes[place], proven.graph.nodes[place + 1 :]
    data, weights = product.inputs[0], proven.graph.constants[product.inputs[1]]
    here, there = tensor(proven, np.stack([row, baseline]), data)
    source = proven.ranges[data].source
    order = np.argsort(source, kind="stable")
    moved, starts = np.unique(source[order], return_index=True)
    changes = (here - there)[order, None] * weights[order]
    if moved.size < order.size:
        changes = np.add.reduceat(changes, starts, axis=0)
    # One line for each column of the product: numpy adds up along lines several times faster than across them.
    terms = np.ascontiguousarray(changes.T)
    first = (there @ weights)[:, None]
    ways = {back: np.cumsum(np.hstack([first, terms[:, :: -1 if back else 1]]), axis=1) for back in (False, True)}

    def scores_at(start: int, stop: int, back: bool) -> Int64s:
        return follow(proven, tail, (product.name, ways[back][:, start:stop].T), OUTPUT)[:, 0]

    columns = weights.shape[1] + sum(max(proven.ranges[node.name].columns, 1) for node in tail)
    return Walks(moved, columns, scores_at)

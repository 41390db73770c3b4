"""Explain a score: integer contributions of the features that sum to it exactly.

Trees are explained along the path a row takes: every split is credited with the change in the expected leaf (weighted
by the cover of the leaves) from the node to the chosen child. Linear models and perceptrons are explained by walking
from the baseline row to the row, feature by feature, in the order of the card and in reverse, and taking the mean of
both walks; for a linear model that is the coefficient times the distance from the baseline.

The walks are not run row by row where the first layer can be summed up: each step adds one feature's terms to it. So a
linear model is explained from its terms alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from muniment.exact.checker import Proven
from muniment.exact.evaluation import tensor
from muniment.exact.forest import Forest
from muniment.exact.graph import OUTPUT
from muniment.exact.inputs import Inputs
from muniment.exact.runner import Runner, load
from muniment.exact.walks import walks_of
from muniment.exact.wire import Int64s


class Explanation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a score is what it is: `base` plus all contributions is the score, exactly.

    Args:
        base: The score before anything is known about the row.
        contributions: Feature name and what it adds, in the order of the card.
    """

    base: int
    contributions: tuple[tuple[str, int], ...]

    @property
    def score(self) -> int:
        """The score that is explained."""
        return self.base + sum(amount for _, amount in self.contributions)

    def largest(self, count: int = 5) -> tuple[tuple[str, int], ...]:
        """Return the contributions of greatest magnitude, greatest first; ties in the order of the card."""
        return tuple(sorted(self.contributions, key=lambda item: -abs(item[1]))[:count])


@dataclass(frozen=True, slots=True)
class TreeTables:
    """What explanations of one forest need, worked out once.

    Args:
        forest: The trees.
        input_name: The tensor the trees read before its cast to double.
        column: Column asked at each node; any at a leaf.
        threshold: Threshold at each node; any at a leaf.
        feature: Feature asked at each node.
        gain: Change of the expected leaf from each node to its children, [nodes, 2].
        base: The score at the roots.
    """

    forest: Forest
    input_name: str
    column: Int64s
    threshold: Int64s
    feature: Int64s
    gain: Int64s
    base: int


def explain(model: bytes | Runner, row: Inputs | Int64s) -> Explanation:
    """Return why `row` gets its score.

    Args:
        model: An artifact, or better the runner `load` gave for it, which keeps the tables this needs.
        row: Fixed-point inputs, `None` (or `MISSING`) where a value is missing.

    Raises:
        NotExact: the artifact is not an exact model.
        ValueOutOfRange: the row is not one the model was proven for (likewise ValueMissing, InputsWrongLength).
    """
    runner = model if isinstance(model, Runner) else load(model)
    proven = runner.proven
    table = runner.checked(row[None, :] if isinstance(row, np.ndarray) else [tuple(row)])
    if proven.tree_node is None:
        base, amounts = _along_walks(proven, table[0])
    else:
        tables = runner.tables.get("trees") or runner.tables.setdefault("trees", tree_tables(proven))
        base, amounts = _along_paths(proven, tables, table)
    return Explanation(base, tuple(zip(proven.card.names, amounts.tolist(), strict=True)))


def tree_tables(proven: Proven) -> TreeTables:
    """Work out what explanations of a forest need."""
    node = proven.tree_node
    assert node is not None
    assert node.forest is not None
    forest = node.forest
    leaves = np.zeros_like(forest.weight)
    column = np.concatenate([forest.column, leaves])
    threshold = np.concatenate([forest.threshold, leaves])
    expected = _expected(forest)
    # The checker has made sure of the operator before the trees (a cast) and of the one after (a constant added).
    source = proven.ranges[node.inputs[0]].source
    base = int(expected[forest.root].sum()) + int(proven.ranges[OUTPUT].low[0]) - forest.span[0]
    gain = expected[forest.child] - expected[:, None]
    return TreeTables(forest, proven.graph.nodes[-4].inputs[0], column, threshold, source[column], gain, base)


def _expected(forest: Forest) -> Int64s:
    """Return for each node the mean of the leaves below it, weighted by their covers, rounded down."""
    none = np.zeros(forest.splits, dtype=np.int64)
    total = np.concatenate([none, forest.weight * forest.cover])
    cover = np.concatenate([none, forest.cover])
    for level in reversed(forest.levels):
        splits = level[level < forest.splits]
        total[splits] = total[forest.child[splits]].sum(axis=1)
        cover[splits] = cover[forest.child[splits]].sum(axis=1)
    means: Int64s = total // cover
    return means


def _along_paths(proven: Proven, tables: TreeTables, table: Int64s) -> tuple[int, Int64s]:
    columns = tensor(proven, table, tables.input_name)[0]
    amounts = np.zeros(table.shape[1], dtype=np.int64)
    at, splits = tables.forest.root, tables.forest.splits
    while at.size:
        side = (columns[tables.column[at]] > tables.threshold[at]).view(np.int8)
        np.add.at(amounts, tables.feature[at], tables.gain[at, side])
        at = tables.forest.child[at, side]
        at = at[at < splits]
    return tables.base, amounts


def _along_walks(proven: Proven, row: Int64s) -> tuple[int, Int64s]:
    baseline = np.array(proven.card.baseline or _middle(proven), dtype=np.int64)
    walks = walks_of(proven, row, baseline)
    forward, backward = np.diff(walks.scores(back=False)), np.diff(walks.scores(back=True))[::-1]
    # Twice the contributions, halved so that what is rounded off carries over to the next and nothing is lost.
    halves = np.concatenate([[0], np.cumsum(forward + backward)]) // 2
    amounts = np.zeros(row.size, dtype=np.int64)
    amounts[walks.moved] = np.diff(halves)
    return int(tensor(proven, baseline[None, :], OUTPUT)[0, 0]), amounts


def _middle(proven: Proven) -> list[int]:
    """The row explanations start from when an artifact declares none."""
    return [(feature.minimum + feature.maximum) // 2 for feature in proven.card.features]

"""What a model costs, worked out from its graph alone: the same figure everywhere, unlike seconds.

The unit is a *step*: one value of a tensor, one product of a matrix product, or one split that a row passes in a tree.
A step took 1 to 3 ns where these bounds were chosen (one core of x86-64), an operator `OPERATOR_STEPS` of them however
small its tensor. A transaction has at most 256 messages, and one that decides scores a row on two models (the second is
the challenger) and may explain one score. So the most that a transaction can ask for is

    256 * (2 * SCORING_STEPS_MAX + EXPLAINING_STEPS_MAX) = 805 million steps,

which took less than two seconds.

No real model comes near: 100 trees of depth 6 score in about 2,000 steps and are explained in 14,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from muniment.exact.forest import Forest
from muniment.exact.graph import INPUT, Graph, Node
from muniment.exact.ranges import Range

#: What calling an operator costs, whatever it computes.
OPERATOR_STEPS = 256
#: Models that take more to score a row are refused.
SCORING_STEPS_MAX = 1 << 19
#: Models that take more to explain a score are not explained by the ledger.
EXPLAINING_STEPS_MAX = 1 << 21
#: Explanations call operators from numpy, and ask splits in tables: so much dearer than scoring.
_NUMPY_OPERATOR, _NUMPY_SPLIT = 4 * OPERATOR_STEPS, 16
#: So many times are the terms of the first layer gone through to add them up.
_PASSES = 8
#: Values that the tensors of one call may hold together: 32 MiB when a batch is scored, 8 MiB in an explanation.
SCORED_VALUES, EXPLAINED_VALUES = 1 << 22, 1 << 20


class Work(NamedTuple):
    """What a model costs.

    Args:
        columns: Columns of all tensors together, the input among them: the values held for each row.
        scoring_steps: Steps to score a row by itself.
        explaining_steps: Steps to explain the score of a row.
    """

    columns: int
    scoring_steps: int
    explaining_steps: int


def work_of(graph: Graph, ranges: Mapping[str, Range]) -> Work:
    """Return what a graph costs whose ranges are known."""
    columns = graph.columns + sum(_width(ranges, node) for node in graph.nodes)
    steps = sum(_steps(graph, ranges, node) for node in graph.nodes)
    scoring = graph.columns + OPERATOR_STEPS * len(graph.nodes) + steps
    forests = [node.forest for node in graph.nodes if node.forest is not None]
    if forests:
        passed = sum(map(splits_passed, forests))
        return Work(columns, scoring, _NUMPY_OPERATOR * len(graph.nodes) + columns + _NUMPY_SPLIT * passed)
    return Work(columns, scoring, _walking(graph, ranges))


def slice_rows(columns: int, values: int) -> int:
    """Return how many rows to compute at once when each takes `columns` values."""
    return max(1, values // columns)


def splits_passed(forest: Forest) -> int:
    """Return the most splits a row passes in all trees together: the sum of their depths."""
    splits = [level[level < forest.splits] for level in forest.levels]
    return sum(int(np.unique(forest.tree[level]).size) for level in splits)


def first_product(graph: Graph, ranges: Mapping[str, Range]) -> int | None:
    """Return the place of a matrix product that splits the graph, None if there is none.

    Before it every column comes from one feature; after it nothing is read that was computed before. Then changing one
    feature of a row adds to the product what that feature's columns give, and the row need not be computed anew.
    """
    place = next((place for place, node in enumerate(graph.nodes) if node.op == "MatMul"), None)
    if place is None or bool((ranges[graph.nodes[place].inputs[0]].source < 0).any()):
        return None
    before = {INPUT, *(node.name for node in graph.nodes[:place])}
    after = {name for node in graph.nodes[place + 1 :] for name in node.inputs}
    return None if before & after else place


def _walking(graph: Graph, ranges: Mapping[str, Range]) -> int:
    """Return the steps of walking from the baseline to a row, there and back."""
    place = first_product(graph, ranges)
    if place is None:
        return _tail(graph, ranges, graph.nodes, rows=2 * (graph.columns + 1), columns=graph.columns)
    head, product, tail = graph.nodes[:place], graph.nodes[place], graph.nodes[place + 1 :]
    moved = int(np.unique(ranges[product.inputs[0]].source).size)
    setup = _PASSES * sum(_steps(graph, ranges, node) for node in (*head, product)) + _NUMPY_OPERATOR * (place + 1)
    return setup + _tail(graph, ranges, tail, rows=2 * (moved + 1), columns=_width(ranges, product))


def _tail(graph: Graph, ranges: Mapping[str, Range], nodes: Sequence[Node], *, rows: int, columns: int) -> int:
    width = columns + sum(_width(ranges, node) for node in nodes)
    slices = -(-rows // slice_rows(width, EXPLAINED_VALUES))
    each = columns + sum(_steps(graph, ranges, node) for node in nodes)
    return rows * each + slices * _NUMPY_OPERATOR * len(nodes)


def _steps(graph: Graph, ranges: Mapping[str, Range], node: Node) -> int:
    passed = 0 if node.forest is None else splits_passed(node.forest)
    products = graph.constants[node.inputs[1]].size if node.op == "MatMul" else 0
    return _width(ranges, node) + passed + products


def _width(ranges: Mapping[str, Range], node: Node) -> int:
    return max(ranges[node.name].columns, 1)

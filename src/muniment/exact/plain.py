"""Evaluate an artifact with Python integers only: slow, obvious, independent of any runtime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from muniment.exact.card import MISSING
from muniment.exact.checker import Proven, prove
from muniment.exact.forest import Forest
from muniment.exact.graph import INPUT, OUTPUT, Node

Tensor = Any  # nested lists of integers


def reference(artifact: bytes, rows: Sequence[Sequence[int | None]]) -> list[int]:
    """Return the score of each row.

    Args:
        artifact: An exact model.
        rows: Fixed-point inputs, `None` (or `MISSING`) where a value is missing.

    Raises:
        NotExact: the artifact is not an exact model.
    """
    proven = prove(artifact)
    constants = {name: value.tolist() for name, value in proven.graph.constants.items()}
    tables = [_tables(node.forest) for node in proven.graph.nodes if node.forest is not None]
    return [_score(proven, constants, tables, row) for row in rows]


def _score(proven: Proven, constants: dict[str, Tensor], tables: list[list[Any]], row: Sequence[int | None]) -> int:
    values: dict[str, Tensor] = dict(constants)
    values[INPUT] = [MISSING if value is None else int(value) for value in row]
    for node in proven.graph.nodes:
        args = [values[name] for name in node.inputs]
        values[node.name] = _sum_of_leaves(tables[0], args[0]) if node.forest else _OPERATORS[node.op](node, args)
    return int(values[OUTPUT][0])


def _tables(forest: Forest) -> list[Any]:
    """Return the roots, then one list over all nodes: (column, threshold, left, right), or a leaf's integer."""
    parts = (forest.column, forest.threshold, forest.left, forest.right)
    nodes: list[Any] = list(zip(*(part.tolist() for part in parts), strict=True))
    return [forest.root.tolist(), nodes + forest.weight.tolist()]


def _sum_of_leaves(tables: list[Any], row: list[int]) -> list[int]:
    roots, nodes = tables
    total = 0
    for root in roots:
        node = nodes[root]
        while isinstance(node, tuple):
            column, threshold, left, right = node
            node = nodes[left if row[column] <= threshold else right]
        total += node
    return [total]


def _each(function: Callable[[int, int], int]) -> Callable[[Node, list[Tensor]], Tensor]:
    def apply(_: Node, args: list[Tensor]) -> Tensor:
        left, right = args
        if isinstance(left, list):
            return [function(a, b) for a, b in zip(left, right, strict=True)]
        return function(left, right)

    return apply


def _matmul(_: Node, args: list[Tensor]) -> Tensor:
    row, matrix = args
    return [sum(value * line[j] for value, line in zip(row, matrix, strict=True)) for j in range(len(matrix[0]))]


def _gather(node: Node, args: list[Tensor]) -> Tensor:
    data, index = args
    if node.attribute == 0:
        return data[index]
    return [data[i] for i in index] if isinstance(index, list) else data[index]


def _where(_: Node, args: list[Tensor]) -> Tensor:
    condition, then, otherwise = args
    if not isinstance(condition, list):
        return then if condition else otherwise
    return [a if yes else b for yes, a, b in zip(condition, then, otherwise, strict=True)]


_OPERATORS: dict[str, Callable[[Node, list[Tensor]], Tensor]] = {
    "Add": _each(lambda a, b: a + b),
    "Cast": lambda _, args: args[0],
    "Concat": lambda _, args: [value for arg in args for value in arg],
    "Div": _each(lambda a, b: a // b),
    "Gather": _gather,
    "Less": _each(lambda a, b: int(a < b)),
    "MatMul": _matmul,
    "Where": _where,
}

"""How far the integers of a tensor can go: one rule per allowed operator.

A tensor with one row per decision is a `Range`: for each of its columns the least and the greatest integer it can
hold, worked out with Python integers, and the feature it comes from. Constants are int64 arrays. A rule refuses
whatever its number type could not hold exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from muniment.exact.forest import DEPTH_MAX, DOUBLE_EXACT, LEAVES_EXACT
from muniment.exact.forest_wire import check_covers
from muniment.exact.graph import DOUBLE, INT64, Node
from muniment.exact.wire import Int64s, Malformed

#: Python integers in a numpy array: exact at any size.
Integers = npt.NDArray[np.object_]
#: int64 tensors stay within this, so that no runtime can overflow.
INT64_EXACT = 2**62
COLUMNS_MAX = 16384


class Inexact(Malformed):
    """A rule of exactness is broken."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a tensor of shape [rows, columns], or [rows] if `low` has no dimension.

    Args:
        kind: "int64", "double" or "bool".
        low: Least value per column.
        high: Greatest value per column.
        source: The feature each column is computed from, -1 if from several.
        below: For a condition, the tensor and the constant it is true of: tensor < constant.
    """

    kind: str
    low: Integers
    high: Integers
    source: Int64s
    below: tuple[str, Integers] | None = None

    def __post_init__(self) -> None:
        # numpy turns what an operation gives for a single integer into that integer.
        object.__setattr__(self, "low", np.asarray(self.low, dtype=object))
        object.__setattr__(self, "high", np.asarray(self.high, dtype=object))

    @property
    def columns(self) -> int:
        """Number of columns, 0 if there is no such dimension."""
        return self.low.shape[0] if self.low.ndim else 0


Value = Range | Int64s


def least(data: Range) -> int:
    """Return the least value of any column."""
    return int(np.min(data.low))


def greatest(data: Range) -> int:
    """Return the greatest value of any column."""
    return int(np.max(data.high))


def integers(values: Any) -> Integers:
    """Return `values` as an array of Python integers."""
    return np.array(values, dtype=object)


def propagate(node: Node, args: list[Value]) -> Range:
    """Return the range of a node's output.

    Raises:
        Inexact: the operator is not allowed, its inputs do not fit, or its result could be inexact.
    """
    rule = RULES.get(node.op)
    if rule is None:
        refuse(f"operator {node.op[:64]!r} is not on the list of exact operators: {', '.join(RULES)}")
    found = rule(node, args)
    if found.columns > COLUMNS_MAX:
        refuse(f"{found.columns} columns, at most {COLUMNS_MAX}")
    if found.kind == "int64" and bool((found.low < -INT64_EXACT).any() or (found.high > INT64_EXACT).any()):
        refuse(f"a value can reach {least(found)} or {greatest(found)}, beyond 2**62")
    return found


def refuse(reason: str) -> NoReturn:
    """Raise `Inexact`."""
    raise Inexact(reason)


def _add(_: Node, args: list[Value]) -> Range:
    data, constant = _data_and_row(args)
    return Range("int64", data.low + constant, data.high + constant, data.source)


def _div(_: Node, args: list[Value]) -> Range:
    data, constant = _data_and_row(args)
    if bool((constant < 1).any()):
        refuse("a divisor is not positive")
    if bool((data.low < 0).any()):
        refuse(f"a numerator can be negative ({least(data)}), where runtimes round differently")
    return Range("int64", data.low // constant, data.high // constant, data.source)


def _less(node: Node, args: list[Value]) -> Range:
    data, constant = _data_and_row(args)
    return Range("bool", data.low * 0, data.low * 0 + 1, data.source, below=(node.inputs[0], constant))


def _where(node: Node, args: list[Value]) -> Range:
    if len(args) != 3 or not isinstance(args[0], Range) or args[0].kind != "bool":
        refuse("takes a condition, a constant and a tensor")
    condition = args[0]
    data, constant = _data_and_row([args[2], args[1]])
    if condition.low.shape != data.low.shape:
        refuse("condition and tensor differ in shape")
    low = data.low
    if condition.below is not None and condition.below[0] == node.inputs[2]:
        # Where the tensor is taken it is not below what it was compared with: so a floor is proven.
        low = np.maximum(low, condition.below[1])
    source = np.where(condition.source == data.source, data.source, -1)
    return Range("int64", np.minimum(low, constant), np.maximum(data.high, constant), source)


def _matmul(_: Node, args: list[Value]) -> Range:
    data, matrix = _pair(args)
    if data.kind != "int64" or data.low.ndim != 1 or matrix.ndim != 2 or matrix.shape[0] != data.columns:
        refuse("takes int64 [rows, n] and a constant [n, m]")
    weights = matrix.astype(object)
    reach = np.maximum(abs(data.low), abs(data.high)) @ abs(weights)
    if bool((reach > INT64_EXACT).any()):
        refuse(f"a partial sum can reach {max(reach.flat)}, beyond 2**62")
    up, down = np.maximum(weights, 0), np.minimum(weights, 0)
    low, high = data.low @ up + data.high @ down, data.high @ up + data.low @ down
    return Range("int64", low, high, np.full(matrix.shape[1], -1))


def _gather(node: Node, args: list[Value]) -> Range:
    if len(args) != 2:
        refuse("takes two inputs")
    data, index = args
    if isinstance(data, Range) and not isinstance(index, Range) and node.attribute == 1:
        return _chosen_columns(data, index)
    if isinstance(index, Range) and not isinstance(data, Range) and node.attribute == 0:
        return _looked_up(data, index)
    return refuse("chooses neither columns of a tensor (axis 1) nor rows of a constant (axis 0)")


def _chosen_columns(data: Range, index: Int64s) -> Range:
    if data.kind != "int64" or data.low.ndim != 1 or index.ndim > 1:
        refuse("takes int64 [rows, n] and a constant index or list of them")
    if bool((index < 0).any() or (index >= data.columns).any()):
        refuse(f"an index is outside 0 .. {data.columns - 1}")
    low, high = integers(data.low[index]), integers(data.high[index])
    return Range("int64", low, high, np.asarray(data.source[index]))


def _looked_up(table: Int64s, index: Range) -> Range:
    if index.kind != "int64" or index.low.ndim != 0 or table.ndim != 2:
        refuse("takes a constant [n, m] and int64 [rows]")
    if index.low.item() < 0 or index.high.item() >= table.shape[0]:
        refuse(f"the index {index.low.item()} .. {index.high.item()} can leave the table of {table.shape[0]} rows")
    low, high = integers(table.min(axis=0)), integers(table.max(axis=0))
    return Range("int64", low, high, np.full(table.shape[1], int(index.source)))


def _concat(node: Node, args: list[Value]) -> Range:
    parts = [arg for arg in args if isinstance(arg, Range) and arg.kind == "int64" and arg.low.ndim == 1]
    if node.attribute != 1 or len(parts) != len(args) or not parts:
        refuse("joins int64 tensors [rows, n] along axis 1 only")
    low, high = (np.concatenate([getattr(part, side) for part in parts]) for side in ("low", "high"))
    return Range("int64", low, high, np.concatenate([part.source for part in parts]))


def _cast(node: Node, args: list[Value]) -> Range:
    if len(args) != 1 or not isinstance(args[0], Range):
        refuse("takes one tensor")
    data = args[0]
    if (data.kind, node.attribute) == ("double", INT64):
        return Range("int64", data.low, data.high, data.source)
    if (data.kind, node.attribute) != ("int64", DOUBLE):
        refuse("casts only int64 to double and back")
    if bool((data.low < -DOUBLE_EXACT).any() or (data.high > DOUBLE_EXACT).any()):
        refuse(f"a value can reach {least(data)} or {greatest(data)}, beyond 2**53")
    return Range("double", data.low, data.high, data.source)


def _trees(node: Node, args: list[Value]) -> Range:
    if len(args) != 1 or not isinstance(args[0], Range) or args[0].kind != "double" or args[0].low.ndim != 1:
        refuse("takes one double tensor [rows, n]")
    forest = node.forest
    assert forest is not None
    if int(forest.column.max()) >= args[0].columns:
        refuse(f"a split asks column {int(forest.column.max())}, there are {args[0].columns}")
    if bool((args[0].source < 0).any()):
        refuse("a column of the trees does not come from one feature")
    if forest.depth > DEPTH_MAX:
        refuse(f"a tree is deeper than {DEPTH_MAX}")
    check_covers(forest)
    if forest.reach >= LEAVES_EXACT:
        refuse(f"a partial sum of leaves can reach {forest.reach}, allowed below 2**40")
    low, high = forest.span
    return Range("double", integers([low]), integers([high]), np.full(1, -1))


def _pair(args: list[Value]) -> tuple[Range, Int64s]:
    if len(args) != 2 or not isinstance(args[0], Range) or isinstance(args[1], Range):
        refuse("takes a tensor and a constant")
    return args[0], args[1]


def _data_and_row(args: list[Value]) -> tuple[Range, Integers]:
    data, constant = _pair(args)
    if data.kind != "int64" or constant.shape != data.low.shape:
        refuse(f"takes int64 [rows, n] and a constant [n]; given {data.kind} {data.low.shape}, {constant.shape}")
    return data, integers(constant)


# Max and Min are left out on purpose: measured on x86-64, ONNX Runtime 1.31.1 gets them wrong for int64 values that
# differ in bit 31 and agree above it (Max(2**31, 0) gives 0). Its pull request 25280 reports the same of Clip and Sign,
# and traces it to Eigen. Less and Where do the same work, and were found exact on the same values.
RULES: dict[str, Callable[[Node, list[Value]], Range]] = {
    "Add": _add,
    "Cast": _cast,
    "Concat": _concat,
    "Div": _div,
    "Gather": _gather,
    "Less": _less,
    "MatMul": _matmul,
    "TreeEnsemble": _trees,
    "Where": _where,
}

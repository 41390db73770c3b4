"""Evaluate the integer part of an artifact with numpy, for explanations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from muniment.exact.checker import Proven
from muniment.exact.graph import INPUT, Node
from muniment.exact.wire import Int64s

Tensor = npt.NDArray[np.int64]


def tensor(proven: Proven, rows: Int64s, name: str) -> Int64s:
    """Return the values of the tensor `name` for `rows`, int64 [rows, columns].

    The tree ensemble is not evaluated: ask for its input.
    """
    return follow(proven, proven.graph.nodes, (INPUT, rows), name)


def follow(proven: Proven, nodes: Sequence[Node], start: tuple[str, Int64s], name: str) -> Int64s:
    """Return the values of the tensor `name`, computed by `nodes` from one tensor. Holds only what is still needed.

    Args:
        proven: Where the constants are.
        nodes: In order of execution.
        start: Name and values of the tensor they start from.
        name: What is asked for.
    """
    last = {given: place for place, node in enumerate(nodes) for given in node.inputs}
    values: dict[str, Tensor] = dict([start])
    constants = proven.graph.constants
    for place, node in enumerate(nodes):
        if name in values:
            break
        args = [values[given] if given in values else constants[given] for given in node.inputs]
        values[node.name] = _OPERATORS[node.op](node, args)
        for given in node.inputs:
            if last[given] == place and given != name:
                values.pop(given, None)
    return values[name]


def _gather(node: Node, args: list[Tensor]) -> Tensor:
    assert node.attribute is not None
    taken: Tensor = np.take(args[0], args[1], axis=node.attribute)
    return taken


_OPERATORS: dict[str, Callable[[Node, list[Tensor]], Tensor]] = {
    "Add": lambda _, args: args[0] + args[1],
    "Cast": lambda _, args: args[0],
    "Concat": lambda _, args: np.concatenate(args, axis=1),
    "Div": lambda _, args: args[0] // args[1],
    "Gather": _gather,
    "Less": lambda _, args: (args[0] < args[1]).astype(np.int64),
    "MatMul": lambda _, args: args[0] @ args[1],
    "Where": lambda _, args: np.where(args[0] != 0, args[1], args[2]),
}

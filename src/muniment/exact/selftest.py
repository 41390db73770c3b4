"""Does the runtime on this machine compute exactly? Asked once per process, before the first score.

The checker proves what an artifact computes on a *correct* runtime. Runtimes have faults: ONNX Runtime 1.31.1 on x86-64
takes Max(2**31, 0) for 0. So every allowed operator is run over integers at which such faults show (around multiples of
2**31 and 2**32 and at the ends of the range of features), and held against plain Python integers. That finds a faulty
build; it does not prove a good one.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import msgspec
import numpy as np

from muniment.core.errors import Halted
from muniment.exact.card import MISSING, Feature, Schema, ScoreSchema
from muniment.exact.forest import Forest
from muniment.exact.graph import COVER, DOUBLE, INPUT, INT64, OUTPUT, TREES, Graph, Node, encode_graph
from muniment.exact.plain import reference
from muniment.exact.wire import Int64s

_REACH = 2**53 - 2
_EDGES = (0, 1, 2**31, 2**32, 3 * 2**31, 2**33 + 2**31, 2**52, _REACH - 1)
_WIDTH = 9

Scores = Callable[[bytes, Int64s], Int64s]


def edge_values() -> list[int]:
    """Return integers at which faulty arithmetic shows, smallest first."""
    near = (sign * edge + step for edge, sign, step in product(_EDGES, (1, -1), (-1, 0, 1)))
    return sorted({value for value in near if abs(value) <= _REACH})


def check_runtime(scores: Scores) -> None:
    """Stop if `scores` is not exact.

    Args:
        scores: Runs an artifact over int64 rows on the runtime in question.

    Raises:
        Halted: it gave other integers than plain Python.
    """
    for name, artifact, rows in _cases():
        expected = reference(artifact, rows.tolist())
        given = scores(artifact, rows).tolist()
        if given != expected:
            odd = next(place for place, pair in enumerate(zip(given, expected, strict=True)) if pair[0] != pair[1])
            raise Halted(
                f"ONNX Runtime on this machine is not exact: {name} gave {given[odd]} for {expected[odd]}",
                recover="install another release of onnxruntime; scores from this one must not be used",
            )


def _cases() -> list[tuple[str, bytes, Int64s]]:
    values = edge_values()
    # Every value meets every lane of a vector register, and odd widths and lengths leave remainders.
    rows = np.array([[values[(row + lane) % len(values)] for lane in range(_WIDTH)] for row in range(len(values))])
    absent = rows.copy()
    absent[::5, 3] = MISSING
    return [
        *((f"the floor at {floor}", _artifact(_floor(floor)), rows) for floor in values[:: len(values) // 8]),
        ("the trees", _artifact(_forest(values)), absent),
    ]


def _artifact(graph: Graph) -> bytes:
    features = tuple(Feature(f"x{lane}", minimum=-_REACH, maximum=_REACH, nullable=lane == 3) for lane in range(_WIDTH))
    if all(node.forest is None for node in graph.nodes):
        features = tuple(msgspec.structs.replace(feature, nullable=False) for feature in features)
    schema = Schema(1, features, ScoreSchema("selftest", "", 0, "identity"))
    return encode_graph(Graph(graph.nodes, graph.constants, _WIDTH, msgspec.json.encode(schema)))


def _floor(floor: int) -> Graph:
    """Return a graph that raises values to a floor, adds, divides and mixes them."""
    constants = {
        "floor": np.full(_WIDTH, floor),
        "lift": np.full(_WIDTH, 2**53),
        "divisor": np.arange(1, _WIDTH + 1) * 37,
        "weights": np.array([[1], [-1], [1], [-1], [1], [-1], [1], [-1], [1]]),
        "shrink": np.array([1000]),
        "up": np.array([2**58]),
        "down": np.array([-(2**58) // 1000]),
    }
    nodes = (
        Node("low", "Less", (INPUT, "floor")),
        Node("raised", "Where", ("low", "floor", INPUT)),
        Node("lifted", "Add", ("raised", "lift")),
        Node("divided", "Div", ("lifted", "divisor")),
        Node("mixed", "MatMul", ("divided", "weights")),
        Node("positive", "Add", ("mixed", "up")),
        Node("shrunk", "Div", ("positive", "shrink")),
        Node(OUTPUT, "Add", ("shrunk", "down")),
    )
    return Graph(nodes, constants, _WIDTH, b"")


def _forest(values: list[int]) -> Graph:
    """Return a graph with one stump per edge value and column, after a missing value and a category are looked up."""
    stumps = [(column, cut) for column in range(_WIDTH + 2) for cut in (values if column < _WIDTH else [0])]
    count = len(stumps)
    leaf = count + 2 * np.arange(count)
    forest = Forest(
        root=np.arange(count),
        column=np.array([column for column, _ in stumps]),
        threshold=np.array([cut for _, cut in stumps]),
        left=leaf,
        right=leaf + 1,
        weight=np.array([sign * (3 * place + 1) for place in range(count) for sign in (1, -1)]),
        cover=np.ones(2 * count, dtype=np.int64),
    )
    constants = {
        "floor": np.array([-_REACH - int(lane == 3) for lane in range(_WIDTH)]),
        "lane": np.array([3]),
        "least": np.array([-_REACH]),
        "most": np.array([_REACH + 1]),
        "first": np.array(0),
        "up": np.array(_REACH),
        "half": np.array(2**53),
        "sides": np.array([[0], [1]]),
        "base": np.array([5]),
        COVER: forest.cover,
    }
    nodes = (
        Node("absent", "Less", (INPUT, "floor")),
        Node("present", "Where", ("absent", "floor", INPUT)),
        Node("right", "Gather", ("present", "lane"), attribute=1),
        Node("right_absent", "Less", ("right", "least")),
        Node("right_filled", "Where", ("right_absent", "most", "right")),
        Node("code", "Gather", ("present", "first"), attribute=1),
        Node("code_up", "Add", ("code", "up")),
        Node("code_half", "Div", ("code_up", "half")),
        Node("side", "Gather", ("sides", "code_half"), attribute=0),
        Node("columns", "Concat", ("present", "right_filled", "side"), attribute=1),
        Node("asked", "Cast", ("columns",), attribute=DOUBLE),
        Node("trees", TREES, ("asked",), forest=forest),
        Node("sum", "Cast", ("trees",), attribute=INT64),
        Node(OUTPUT, "Add", ("sum", "base")),
    )
    return Graph(nodes, constants, _WIDTH, b"")

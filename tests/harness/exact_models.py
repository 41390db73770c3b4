"""Small exact models, built directly: linear ones with or without missing values, forests and widths of any size.

artifact = linear((3, -2), constant=5)           # score = 3 x0 - 2 x1 + 5, features 0 .. 1000
artifact = forest(features=30, trees=100, depth=6)
"""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np

from muniment.exact.card import Feature, Schema, ScoreSchema
from muniment.exact.forest import Forest
from muniment.exact.graph import COVER, DOUBLE, INPUT, INT64, OUTPUT, TREES, Graph, Node, encode_graph

LARGEST = 1_000


def linear(weights: tuple[int, ...], *, constant: int = 0, nullable: bool = False, label: str = "x") -> bytes:
    """Return a model that scores `weights` x row + `constant`; a missing value counts as -1 where it is allowed."""
    filled = (Node("absent", "Less", (INPUT, "floor")), Node("known", "Where", ("absent", "floor", INPUT)))
    nodes = (
        *(filled if nullable else ()),
        Node("product", "MatMul", ("known" if nullable else INPUT, "weights")),
        Node(OUTPUT, "Add", ("product", "constant")),
    )
    constants = {
        **({"floor": np.full(len(weights), -1, dtype=np.int64)} if nullable else {}),
        "weights": np.array(weights, dtype=np.int64).reshape(-1, 1),
        "constant": np.array([constant], dtype=np.int64),
    }
    return encode_graph(Graph(nodes, constants, len(weights), schema(len(weights), nullable=nullable, label=label)))


def forest(*, features: int, trees: int, depth: int, seed: int = 1) -> bytes:
    """Return complete random trees: features 0 .. 1000, leaves -100 .. 100."""
    rng = np.random.default_rng(seed)
    inner, leaves = 2**depth - 1, 2**depth
    splits, start = trees * inner, np.repeat(np.arange(trees), inner)
    left = 2 * np.tile(np.arange(inner), trees) + 1
    first_leaf = splits + start * leaves - inner
    parts = Forest(
        root=np.arange(trees) * inner,
        column=rng.integers(0, features, splits),
        threshold=rng.integers(1, LARGEST - 1, splits),
        left=left + np.where(left < inner, start * inner, first_leaf),
        right=left + 1 + np.where(left + 1 < inner, start * inner, first_leaf),
        weight=rng.integers(-100, 101, trees * leaves),
        cover=np.ones(trees * leaves, dtype=np.int64),
    )
    nodes = (
        Node("columns", "Cast", (INPUT,), attribute=DOUBLE),
        Node("trees", TREES, ("columns",), forest=parts),
        Node("total", "Cast", ("trees",), attribute=INT64),
        Node(OUTPUT, "Add", ("total", "base")),
    )
    constants = {"base": np.array([0], dtype=np.int64), COVER: parts.cover}
    return encode_graph(Graph(nodes, constants, features, schema(features)))


def doubling(features: int, times: int) -> bytes:
    """Return a model that joins its input with itself again and again, and takes one column of the result."""
    names = [INPUT, *(f"d{turn}" for turn in range(times))]
    joins = [Node(name, "Concat", (before, before), attribute=1) for before, name in pairwise(names)]
    nodes = (*joins, Node(OUTPUT, "Gather", (names[-1], "first"), attribute=1))
    return encode_graph(Graph(nodes, {"first": np.array([0])}, features, schema(features)))


def schema(count: int, *, nullable: bool = False, label: str = "x") -> bytes:
    """Return the canonical metadata of a model with `count` features of 0 .. 1000."""
    features = tuple(
        Feature(f"{label}{index}", unit="EUR", decimals=2, maximum=LARGEST, nullable=nullable) for index in range(count)
    )
    return msgspec.json.encode(Schema(1, features, ScoreSchema("risk", "points", 0, "identity")))

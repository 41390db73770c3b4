"""Small exact models, built directly: linear ones with or without missing values, and forests of any size.

artifact = linear((3, -2), constant=5)           # score = 3 x0 - 2 x1 + 5, features 0 .. 1000
artifact = forest(features=30, trees=100, depth=6)
"""

from __future__ import annotations

import msgspec
import numpy as np

from muniment.exact.card import Feature, Schema, ScoreSchema
from muniment.exact.forest import Forest
from muniment.exact.graph import INPUT, OUTPUT, Graph, Node, encode_graph

LARGEST = 1_000


def linear(weights: tuple[int, ...], *, constant: int = 0, nullable: bool = False, label: str = "x") -> bytes:
    """Return a model that scores `weights` x row + `constant`; a missing value counts as -1 where it is allowed."""
    first = Node("known", "Max", (INPUT, "floor"))
    nodes = (
        *((first,) if nullable else ()),
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
    size, splits = 2 ** (depth + 1) - 1, 2**depth - 1
    number = np.tile(np.arange(size), trees)
    leaf = number >= splits
    total = trees * size
    parts = Forest(
        tree=np.repeat(np.arange(trees), size),
        leaf=leaf,
        column=np.where(leaf, 0, rng.integers(0, features, total)),
        threshold=np.where(leaf, 0, rng.integers(1, LARGEST - 1, total)),
        left=np.where(leaf, 0, 2 * number + 1),
        right=np.where(leaf, 0, 2 * number + 2),
        weight=np.where(leaf, rng.integers(-100, 101, total), 0),
        cover=np.ones(total, dtype=np.int64),
    )
    nodes = (
        Node("columns", "Cast", (INPUT,), attribute=1),
        Node("trees", "TreeEnsembleRegressor", ("columns",), forest=parts),
        Node("total", "Cast", ("trees",), attribute=7),
        Node(OUTPUT, "Add", ("total", "constant")),
    )
    constants = {"constant": np.array([0], dtype=np.int64)}
    return encode_graph(Graph(nodes, constants, features, schema(features)))


def schema(count: int, *, nullable: bool = False, label: str = "x") -> bytes:
    """Return the canonical metadata of a model with `count` features of 0 .. 1000."""
    features = tuple(
        Feature(f"{label}{index}", unit="EUR", decimals=2, maximum=LARGEST, nullable=nullable) for index in range(count)
    )
    return msgspec.json.encode(Schema(1, features, ScoreSchema("risk", "points", 0, "identity")))

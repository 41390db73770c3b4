"""Write an ensemble of trees as an exact graph.

A missing value reaches the trees as an integer just outside the range of its feature: one below the minimum, which goes
left at every split, or, in a second column of the same feature, one above the maximum, which goes right. A split asks
the column that sends a missing value where the estimator would. So no NaN is needed, about whose way runtimes differ.
A categorical split asks a column of its own, 0 or 1, looked up from the category.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from muniment.exact.card import Feature, Schema, ScoreSchema
from muniment.exact.compiler.ensemble import Ensemble, Floats, Int64s, RawTree, Scaling, tree_from_lists
from muniment.exact.errors import EstimatorUnsupported
from muniment.exact.forest import COVER_MAX, LEAVES_EXACT, Forest
from muniment.exact.graph import COVER, DOUBLE, INPUT, INT64, OUTPUT, TREES, Graph, Node

_SCORE_DECIMALS_MAX = 9


@dataclass(slots=True)
class Columns:
    """The columns the trees can ask, as they are found to be needed.

    Args:
        features: The features, which are the first columns.
        right: Features with a second column whose missing value goes right, in order.
        sides: Per categorical feature, the tables of its splits: side (0 left, 1 right) by code, missing first.
    """

    features: tuple[Feature, ...]
    right: list[int] = field(default_factory=list)
    sides: dict[int, list[tuple[int, ...]]] = field(default_factory=dict)


def forest_graph(model: Ensemble, features: tuple[Feature, ...], scalings: list[Scaling]) -> tuple[Graph, Schema]:
    """Return the graph of `model` over fixed-point features, and its schema without metadata in place.

    Raises:
        EstimatorUnsupported: scores too large for any number of decimals.
    """
    columns = Columns(features)
    raw = _joined(model.trees)
    decimals, weight, base = _leaves(model, raw)
    asked, threshold = _splits(model, raw, columns, scalings)
    forest = _forest(raw, asked, threshold, weight)
    nodes, constants = _nodes(columns, forest, base)
    schema = Schema(1, features, ScoreSchema(model.name, model.unit, decimals, model.link))
    return Graph(tuple(nodes), constants, len(features), b""), schema


@dataclass(frozen=True, slots=True)
class _Joined:
    tree: Int64s
    leaf: np.ndarray[tuple[int], np.dtype[np.bool_]]
    feature: Int64s
    cut: Floats
    left: Int64s
    right: Int64s
    value: Floats
    cover: Int64s
    missing_left: np.ndarray[tuple[int], np.dtype[np.bool_]]
    left_codes: dict[int, frozenset[int]]


def _joined(trees: list[RawTree]) -> _Joined:
    """Return all trees in one set of tables, children numbered after their parents."""
    parts = [_in_levels(tree if tree.feature[0] >= 0 else _stump(tree)) for tree in trees]
    starts = np.cumsum([0, *(part.feature.size for part in parts)])

    def table(name: str) -> Int64s:
        return np.concatenate([getattr(part, name) for part in parts])

    codes = {
        int(start) + node: side
        for start, part in zip(starts[:-1], parts, strict=True)
        for node, side in part.left_codes.items()
    }
    cover = np.concatenate([_whole_covers(part) for part in parts])
    tree = np.repeat(np.arange(len(parts)), [part.feature.size for part in parts])
    feature = table("feature")
    return _Joined(
        tree,
        feature < 0,
        feature,
        table("threshold").astype(np.float64),
        table("left"),
        table("right"),
        table("value").astype(np.float64),
        cover,
        table("missing_left").astype(np.bool_),
        codes,
    )


def _stump(tree: RawTree) -> RawTree:
    """Return a tree that is one leaf as a split with that leaf on both sides: every tree must have a split."""
    leaf = {"value": float(tree.value[0]), "cover": max(float(tree.cover[0]) / 2, 1)}
    return tree_from_lists([{"feature": 0, "left": 1, "right": 2, "cover": 2 * leaf["cover"]}, leaf, leaf])


def _in_levels(tree: RawTree) -> RawTree:
    """Return the tree with its nodes level by level, which numbers children after their parents."""
    levels = [np.zeros(1, dtype=np.int64)]
    while levels[-1].size:
        splits = levels[-1][tree.feature[levels[-1]] >= 0]
        levels.append(np.stack([tree.left[splits], tree.right[splits]], axis=1).ravel())
    order = np.concatenate(levels)
    number = np.zeros(tree.feature.size, dtype=np.int64)
    number[order] = np.arange(order.size)
    return RawTree(
        tree.feature[order],
        tree.threshold[order],
        number[tree.left[order]],
        number[tree.right[order]],
        tree.value[order],
        tree.cover[order],
        tree.missing_left[order],
        {int(number[node]): codes for node, codes in tree.left_codes.items() if tree.feature[node] >= 0},
    )


def _whole_covers(tree: RawTree) -> Int64s:
    """Return covers as integers of at least 1 whose leaves sum to at most `COVER_MAX`."""
    leaves = tree.cover[tree.feature < 0]
    total, room = float(leaves.sum()), COVER_MAX - leaves.size
    whole = bool((tree.cover == np.rint(tree.cover)).all()) and total <= room
    scale = 1.0 if whole or total <= 0 else room / total
    return np.maximum(np.floor(tree.cover * scale), 1).astype(np.int64)


def _forest(raw: _Joined, asked: Int64s, threshold: Int64s, weight: Int64s) -> Forest:
    """Return the tables with splits numbered before leaves."""
    split = ~raw.leaf
    number = np.where(raw.leaf, int(split.sum()) + np.cumsum(raw.leaf) - 1, np.cumsum(split) - 1)
    start = np.flatnonzero(np.diff(raw.tree, prepend=-1))
    offset = start[raw.tree]
    return Forest(
        root=number[start],
        column=asked[split],
        threshold=threshold[split],
        left=number[(raw.left + offset)[split]],
        right=number[(raw.right + offset)[split]],
        weight=weight[raw.leaf],
        cover=raw.cover[raw.leaf],
    )


def _leaves(model: Ensemble, raw: _Joined) -> tuple[int, Int64s, int]:
    """Return the most decimals that keep every partial sum below 2**40, the integer leaves, and the base.

    Leaves are moved by half their tree's range, and the base back, which halves the greatest sum.
    """
    roots = np.flatnonzero(np.diff(raw.tree, prepend=-1))
    for decimals in range(_SCORE_DECIMALS_MAX, -1, -1):
        whole = np.where(raw.leaf, np.rint(raw.value * 10.0**decimals), 0)
        if float(np.abs(whole).max()) >= 2**52:
            continue
        low = np.minimum.reduceat(np.where(raw.leaf, whole, np.inf), roots)
        high = np.maximum.reduceat(np.where(raw.leaf, whole, -np.inf), roots)
        middle = np.floor((low + high) / 2)
        weight = np.where(raw.leaf, whole - middle[raw.tree], 0)
        if float(np.maximum.reduceat(np.abs(weight), roots).sum()) < LEAVES_EXACT:
            base = round(model.base * 10**decimals) + int(middle.sum())
            return decimals, weight.astype(np.int64), base
    reach = float(np.abs(raw.value[raw.leaf]).max())
    raise EstimatorUnsupported(
        estimator="the ensemble",
        reason=f"its leaves reach {reach:g}, and their sums would leave the exact range at 0 decimals",
        remedy="train on a target in a larger unit, for example thousands",
    )


def _splits(model: Ensemble, raw: _Joined, columns: Columns, scalings: list[Scaling]) -> tuple[Int64s, Int64s]:
    """Return the column and the integer threshold of every split; 0 at leaves."""
    nullable = np.array([feature.nullable for feature in columns.features])
    asked = np.where(raw.leaf, 0, raw.feature)
    numeric = ~raw.leaf
    numeric[list(raw.left_codes)] = False
    cuts = thresholds(model, columns.features, asked[numeric], raw.cut[numeric], scalings)
    threshold = np.zeros(asked.size, dtype=np.int64)
    threshold[numeric] = cuts
    second = numeric & nullable[asked] & ~raw.missing_left
    columns.right = np.unique(asked[second]).tolist()
    position = {feature: len(columns.features) + place for place, feature in enumerate(columns.right)}
    asked[second] = [position[feature] for feature in asked[second].tolist()]
    _ask_categories(raw, columns, asked)
    return asked, threshold


def _ask_categories(raw: _Joined, columns: Columns, asked: Int64s) -> None:
    """Give every categorical split its column, one per distinct division of the categories."""
    found: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for node, codes in raw.left_codes.items():
        feature = int(raw.feature[node])
        count = len(columns.features[feature].categories)
        side = tuple(int(code not in codes) for code in range(count))
        found.setdefault((feature, (int(not raw.missing_left[node]), *side)), []).append(node)
    place = len(columns.features) + len(columns.right)
    for feature, side in sorted(found):
        columns.sides.setdefault(feature, []).append(side)
        asked[found[feature, side]] = place
        place += 1


def thresholds(
    model: Ensemble, features: tuple[Feature, ...], asked: Int64s, cut: Floats, scalings: list[Scaling]
) -> Int64s:
    """Return for each split the greatest integer that the estimator itself would send left.

    Found by bisection on the estimator's own comparison (its rounding to float32, its < or <=, the scaling before it),
    so that `integer <= threshold` agrees with it for every value of the feature. One below the minimum: none goes left.
    """
    low = np.array([feature.minimum - 1 for feature in features], dtype=np.int64)[asked]
    high = np.array([feature.maximum for feature in features], dtype=np.int64)[asked]
    unit = np.array([10.0**feature.decimals for feature in features])[asked]
    while bool((low < high).any()):
        middle = low + (high - low + 1) // 2
        left = _goes_left(model, middle / unit, asked, cut, scalings)
        low = np.where(left, middle, low)
        high = np.where(left, high, middle - 1)
    return low


def _goes_left(
    model: Ensemble, values: Floats, asked: Int64s, cut: Floats, scalings: list[Scaling]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    for scaling in scalings:
        values = scaling.apply(values, asked)
    if model.single:
        values = values.astype(np.float32).astype(np.float64)
    return values < cut if model.strict else values <= cut


def _nodes(columns: Columns, forest: Forest, base: int) -> tuple[list[Node], dict[str, Int64s]]:
    nodes: list[Node] = []
    constants: dict[str, Int64s] = {}
    source = INPUT
    if any(feature.nullable for feature in columns.features):
        low = [feature.minimum - int(feature.nullable) for feature in columns.features]
        constants["floor"] = np.array(low)
        nodes.append(Node("absent", "Less", (INPUT, "floor")))
        nodes.append(Node("present", "Where", ("absent", "floor", INPUT)))
        source = "present"
    parts = [source, *_second_columns(columns, source, nodes, constants)]
    parts += _category_columns(columns, source, nodes, constants)
    if len(parts) > 1:
        nodes.append(Node("columns", "Concat", tuple(parts), attribute=1))
        source = "columns"
    constants["base"] = np.array([base])
    constants[COVER] = forest.cover
    nodes.append(Node("asked", "Cast", (source,), attribute=DOUBLE))
    nodes.append(Node("trees", TREES, ("asked",), forest=forest))
    nodes.append(Node("sum", "Cast", ("trees",), attribute=INT64))
    nodes.append(Node(OUTPUT, "Add", ("sum", "base")))
    return nodes, constants


def _second_columns(columns: Columns, source: str, nodes: list[Node], constants: dict[str, Int64s]) -> list[str]:
    if not columns.right:
        return []
    chosen = [columns.features[place] for place in columns.right]
    constants["right_columns"] = np.array(columns.right)
    constants["right_minimum"] = np.array([feature.minimum for feature in chosen])
    constants["right_missing"] = np.array([feature.maximum + 1 for feature in chosen])
    nodes.append(Node("right", "Gather", (source, "right_columns"), attribute=1))
    nodes.append(Node("right_absent", "Less", ("right", "right_minimum")))
    nodes.append(Node("right_filled", "Where", ("right_absent", "right_missing", "right")))
    return ["right_filled"]


def _category_columns(columns: Columns, source: str, nodes: list[Node], constants: dict[str, Int64s]) -> list[str]:
    parts = []
    for feature, sides in columns.sides.items():
        nullable = columns.features[feature].nullable
        constants[f"column_{feature}"] = np.array(feature)
        constants[f"sides_{feature}"] = np.array(sides).T[0 if nullable else 1 :].copy()
        nodes.append(Node(f"code_{feature}", "Gather", (source, f"column_{feature}"), attribute=1))
        place = f"code_{feature}"
        if nullable:
            constants[f"one_{feature}"] = np.array(1)
            nodes.append(Node(f"place_{feature}", "Add", (place, f"one_{feature}")))
            place = f"place_{feature}"
        nodes.append(Node(f"side_{feature}", "Gather", (f"sides_{feature}", place), attribute=0))
        parts.append(f"side_{feature}")
    return parts

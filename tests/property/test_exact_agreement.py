"""Three evaluations of random models give the same integers: ONNX Runtime, the ONNX reference, plain Python."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

from muniment import exact
from muniment.exact.card import Schema
from muniment.exact.checker import prove
from muniment.exact.compiler.dense import dense_graph
from muniment.exact.compiler.ensemble import Dense, Ensemble, RawTree, tree_from_lists
from muniment.exact.compiler.trees import forest_graph
from muniment.exact.graph import Graph, encode_graph
from muniment.exact.runner import Runner

Rows = npt.NDArray[np.int64]
MODEST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def random_feature(source: np.random.Generator, name: str, *, trees: bool) -> exact.Feature:
    if trees and source.random() < 0.3:
        count = int(source.integers(1, 9))
        names = tuple(f"c{code}" for code in range(count))
        return exact.Feature(name, maximum=count - 1, nullable=bool(source.random() < 0.5), categories=names)
    reach = int(source.choice([1, 100, 10**6, 2**31, 2**33, 2**53 - 2] if trees else [1, 100, 10**6, 2**33]))
    low = int(source.integers(-reach, reach))
    high = int(source.integers(low, reach))
    decimals = int(source.integers(0, 7))
    nullable = bool(trees and source.random() < 0.5)
    return exact.Feature(name, decimals=decimals, minimum=low, maximum=high, nullable=nullable)


def random_tree(source: np.random.Generator, features: list[exact.Feature], depth: int) -> RawTree:
    nodes: list[dict[str, Any]] = []

    def grow(left: int) -> int:
        place = len(nodes)
        nodes.append({"cover": int(source.integers(0, 1000)), "value": float(source.normal() * 10)})
        if left == 0 or source.random() < 0.2:
            return place
        index = int(source.integers(len(features)))
        feature = features[index]
        node = nodes[place]
        node["feature"] = index
        node["missing_left"] = bool(source.random() < 0.5)
        if feature.categories:
            node["left_codes"] = frozenset(np.flatnonzero(source.random(len(feature.categories)) < 0.5).tolist())
        else:
            cut = source.uniform(feature.minimum - 1, feature.maximum + 1) / 10**feature.decimals
            node["threshold"] = float(source.choice([cut, np.inf, -np.inf], p=[0.9, 0.05, 0.05]))
        node["left"], node["right"] = grow(left - 1), grow(left - 1)
        return place

    grow(depth)
    return tree_from_lists(nodes)


def random_forest(seed: int) -> tuple[Ensemble, tuple[exact.Feature, ...]]:
    source = np.random.default_rng(seed)
    features = [random_feature(source, f"x{index}", trees=True) for index in range(source.integers(1, 6))]
    trees = [random_tree(source, features, int(source.integers(0, 7))) for _ in range(source.integers(1, 12))]
    single, strict = bool(source.random() < 0.5), bool(source.random() < 0.5)
    return Ensemble(trees, float(source.normal()), "logit", "1", "", single=single, strict=strict), tuple(features)


def random_dense(seed: int) -> tuple[Graph, Schema]:
    source = np.random.default_rng(seed)
    features = tuple(random_feature(source, f"x{index}", trees=False) for index in range(source.integers(1, 6)))
    sizes = [len(features), *source.integers(1, 8, source.integers(0, 4)).tolist(), 1]
    shapes = list(pairwise(sizes))
    weights = [source.normal(size=shape) * float(source.choice([1e-3, 1, 30])) for shape in shapes]
    model = Dense(weights, [source.normal(size=shape[1]) for shape in shapes], "identity", "y", "")
    return dense_graph(model, features, [], tuple(feature.minimum for feature in features))


def random_rows(seed: int, features: tuple[exact.Feature, ...], count: int = 40) -> Rows:
    source = np.random.default_rng(seed + 1)
    columns = []
    for feature in features:
        values = source.integers(feature.minimum, feature.maximum, count, endpoint=True)
        edge = source.random(count)
        # Runtimes have gone wrong where integers differ in bit 31 or 32: aim there.
        near = source.integers(-4, 5, count) * 2**31 + source.integers(-1, 2, count)
        values = np.where(edge > 0.6, np.clip(near, feature.minimum, feature.maximum), values)
        values[edge < 0.1] = feature.minimum
        values[edge > 0.9] = feature.maximum
        if feature.nullable:
            values[source.random(count) < 0.25] = exact.MISSING
        columns.append(values)
    return np.stack(columns, axis=1)


def artifact_of(graph: Graph, schema: Schema) -> bytes:
    return encode_graph(replace(graph, metadata=msgspec.json.encode(schema)))


def assert_agreement(artifact: bytes, rows: Rows) -> list[int]:
    proven = prove(artifact)
    plain = exact.reference(artifact, rows.tolist())
    evaluator = ReferenceEvaluator(onnx.load_model_from_string(artifact))
    assert evaluator.run(None, {"features": rows})[0].ravel().tolist() == plain  # type: ignore[index]
    for threads in (1, 2, 4):
        runner = Runner(proven, threads=threads)
        assert runner.run(rows).tolist() == plain
        assert [score for at in range(0, len(rows), 7) for score in runner.run(rows[at : at + 7]).tolist()] == plain
    assert all(proven.card.score.minimum <= score <= proven.card.score.maximum for score in plain)
    runner = exact.load(artifact)
    for row, score in zip(rows[:8], plain, strict=False):
        assert exact.explain(runner, row).score == score
    return plain


@MODEST
@given(st.integers(0, 2**32))
def test_random_forests_agree(seed: int) -> None:
    model, features = random_forest(seed)
    assert_agreement(artifact_of(*forest_graph(model, features, [])), random_rows(seed, features))


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 5, 8, 9])
def test_values_around_bit_31_pass_the_floor_of_missing_values(lanes: int) -> None:
    """ONNX Runtime 1.31.1 takes Max(2**31, 0) for 0; the floor below a minimum of 1 is that 0."""
    features = tuple(exact.Feature(f"x{lane}", minimum=1, maximum=2**40, nullable=True) for lane in range(lanes))
    cuts = [2**30, 2**31 - 1, 2**31, 2**32 - 1, 2**32]
    stumps = [
        tree_from_lists([{"feature": lane, "threshold": cut, "left": 1, "right": 2}, {"value": 0}, {"value": 1}])
        for lane in range(lanes)
        for cut in cuts
    ]
    values = [1, 2**31 - 1, 2**31, 2**31 + 1, 2**32 - 1, 2**32, 3 * 2**31, exact.MISSING]
    rows = np.array([[values[(row + lane) % len(values)] for lane in range(lanes)] for row in range(24)])
    artifact = artifact_of(*forest_graph(Ensemble(stumps, 0.0, "identity", "y", ""), features, []))
    assert_agreement(artifact, rows)


@MODEST
@given(st.integers(0, 2**32))
def test_random_perceptrons_agree(seed: int) -> None:
    graph, schema = random_dense(seed)
    assert_agreement(artifact_of(graph, schema), random_rows(seed, schema.features))


def float_leaf(tree: RawTree, model: Ensemble, features: tuple[exact.Feature, ...], row: list[int]) -> float:
    """The estimator's own walk, in floats."""
    node = 0
    while tree.feature[node] >= 0:
        feature, value = features[tree.feature[node]], row[tree.feature[node]]
        if value == exact.MISSING:
            left = bool(tree.missing_left[node])
        elif feature.categories:
            left = value in tree.left_codes[node]
        else:
            number = value / 10**feature.decimals
            number = float(np.float32(number)) if model.single else number
            left = number < tree.threshold[node] if model.strict else number <= tree.threshold[node]
        node = int(tree.left[node] if left else tree.right[node])
    return float(tree.value[node])


@MODEST
@given(st.integers(0, 2**32))
def test_exact_trees_take_the_leaves_of_the_float_trees(seed: int) -> None:
    model, features = random_forest(seed)
    rows = random_rows(seed, features, 20)
    graph, schema = forest_graph(model, features, [])
    scores = exact.load(artifact_of(graph, schema)).run(rows).tolist()
    for row, score in zip(rows.tolist(), scores, strict=True):
        expected = model.base + sum(float_leaf(tree, model, features, row) for tree in model.trees)
        assert abs(score / 10**schema.score.decimals - expected) <= (len(model.trees) + 1) / 10**schema.score.decimals


NUMBERS = st.floats(-1e4, 1e4) | st.decimals(-10_000, 10_000, places=4).map(float) | st.just(float("nan"))


@settings(max_examples=150, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=30), st.integers(0, 9), st.booleans())
def test_rows_and_columns_are_quantised_alike(values: list[float], decimals: int, nullable: bool) -> None:
    feature = exact.Feature(
        "x", decimals=decimals, minimum=-(10 ** (decimals + 3)), maximum=10 ** (decimals + 3), nullable=nullable
    )
    score = exact.ScoreType("y", "", 0, 0, 0, "identity")
    card = exact.Card(bytes(32), (feature,), score, "trees", 1, 3, 1, 1)
    table, bad = exact.quantize_many(card, {"x": np.array(values)})
    singles = exact.quantize_many(card, [(value,) for value in values])
    assert table.tolist() == singles[0].tolist()
    assert [(row, type(fault), fault.fields) for row, fault in bad] == [
        (row, type(fault), fault.fields) for row, fault in singles[1]
    ] or any(value != value for value in values)


def walked(artifact: bytes, row: list[int]) -> tuple[int, list[int]]:
    """Explain row by row, in plain integers: the mean of both walks, halves carried on."""
    card = exact.check(artifact)
    start = list(card.baseline or [(feature.minimum + feature.maximum) // 2 for feature in card.features])
    count = len(row)
    there = exact.reference(artifact, [row[:place] + start[place:] for place in range(count + 1)])
    back = exact.reference(artifact, [start[:place] + row[place:] for place in range(count + 1)])
    twice = [there[place + 1] - there[place] + back[place] - back[place + 1] for place in range(count)]
    sums = [sum(twice[:place]) // 2 for place in range(count + 1)]
    return there[0], [after - before for before, after in pairwise(sums)]


@MODEST
@given(st.integers(0, 2**32))
def test_explanations_by_terms_are_those_of_the_walks(seed: int) -> None:
    graph, schema = random_dense(seed)
    artifact = artifact_of(graph, schema)
    for row in random_rows(seed, schema.features, 5).tolist():
        why = exact.explain(artifact, row)
        assert (why.base, [amount for _, amount in why.contributions]) == walked(artifact, row)

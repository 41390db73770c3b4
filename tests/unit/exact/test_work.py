"""What a model may cost: the figures on its card, and what is refused for them."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from tests.harness.exact_models import doubling, forest, linear, schema

from muniment import exact
from muniment.exact import runner as running
from muniment.exact.card import Feature, Schema, ScoreSchema
from muniment.exact.checker import COLUMNS_MAX, COLUMNS_PER_FEATURE, prove
from muniment.exact.compiler.dense import dense_graph
from muniment.exact.compiler.ensemble import Dense, Ensemble, tree_from_lists
from muniment.exact.compiler.trees import forest_graph
from muniment.exact.graph import INPUT, OUTPUT, Graph, Node, encode_graph
from muniment.exact.walks import walks_of
from muniment.exact.work import (
    EXPLAINED_VALUES,
    EXPLAINING_STEPS_MAX,
    OPERATOR_STEPS,
    SCORING_STEPS_MAX,
    first_product,
    slice_rows,
)


def perceptron(*sizes: int) -> bytes:
    """A rectified perceptron with small random weights."""
    source = np.random.default_rng(1)
    shapes = list(pairwise((*sizes, 1)))
    model = Dense(
        [source.normal(size=shape) for shape in shapes], [np.zeros(m) for _, m in shapes], "identity", "y", ""
    )
    features = tuple(Feature(f"x{index}", maximum=9) for index in range(sizes[0]))
    graph, declared = dense_graph(model, features, [], (0,) * sizes[0])
    return encode_graph(Graph(graph.nodes, graph.constants, sizes[0], msgspec.json.encode(declared)))


def test_the_card_of_a_linear_model_says_what_it_costs() -> None:
    card = exact.check(linear((3, -2), constant=5))
    assert card.columns == 2 + 1 + 1
    assert card.scoring_steps == 2 + 2 * OPERATOR_STEPS + (1 + 2) + 1


def test_the_card_of_trees_counts_the_splits_a_row_passes() -> None:
    card = exact.check(forest(features=3, trees=10, depth=4))
    assert card.columns == 3 + 3 + 1 + 1 + 1
    assert card.scoring_steps == card.columns + 4 * OPERATOR_STEPS + 10 * 4


def test_one_deep_tree_does_not_make_all_trees_deep() -> None:
    chain = [{"feature": 0, "threshold": step, "left": 2 * step + 1, "right": 2 * step + 2} for step in range(9)]
    nodes = [node for step in chain for node in (step, {"value": 1.0})]
    deep = tree_from_lists([nodes[0], *nodes[1:], {"value": 2.0}])
    deep.left[:] = np.where(deep.feature >= 0, np.arange(deep.feature.size) + 1, 0)
    deep.right[:] = np.where(deep.feature >= 0, np.arange(deep.feature.size) + 2, 0)
    stump = tree_from_lists([{"feature": 0, "threshold": 1, "left": 1, "right": 2}, {"value": 0.0}, {"value": 1.0}])
    graph, declared = forest_graph(
        Ensemble([deep, *[stump] * 20], 0.0, "identity", "y", ""), (Feature("x", maximum=9),), []
    )
    card = exact.check(encode_graph(Graph(graph.nodes, graph.constants, 1, msgspec.json.encode(declared))))
    assert card.depth == 9
    assert card.scoring_steps == card.columns + 4 * OPERATOR_STEPS + 9 + 20


def test_a_short_row_cannot_be_blown_up() -> None:
    allowed = COLUMNS_MAX + COLUMNS_PER_FEATURE
    assert exact.check(doubling(1, 12)).columns < allowed
    with pytest.raises(exact.NotExact) as refused:
        exact.check(doubling(1, 14))
    assert str(allowed) in refused.value.reason


def test_the_widest_forest_with_missing_values_fits() -> None:
    features = tuple(Feature(f"x{index}", maximum=9, nullable=True) for index in range(4096))
    stumps = [
        tree_from_lists([{"feature": index, "threshold": 4, "left": 1, "right": 2}, {"value": 0.0}, {"value": 1.0}])
        for index in range(4096)
    ]
    graph, declared = forest_graph(Ensemble(stumps, 0.0, "identity", "y", ""), features, [])
    card = exact.check(encode_graph(Graph(graph.nodes, graph.constants, 4096, msgspec.json.encode(declared))))
    assert card.columns > 9 * 4096
    assert card.explaining_steps < EXPLAINING_STEPS_MAX


def test_a_model_that_takes_too_long_to_score_is_refused() -> None:
    nodes = tuple(Node(f"p{turn}", "MatMul", (INPUT if turn == 0 else f"p{turn - 1}", "w")) for turn in range(3))
    weights = np.eye(300, dtype=np.int64)
    last = Node(OUTPUT, "Gather", ("p2", "first"), attribute=1)
    with pytest.raises(exact.NotExact):
        exact.check(encode_graph(Graph((*nodes, last), {"w": weights, "first": np.array([0])}, 300, schema(300))))


def test_a_table_looked_up_again_and_again_is_refused() -> None:
    looked = [Node(f"g{turn}", "Gather", ("table", "at"), attribute=0) for turn in range(20)]
    joined = Node("all", "Concat", tuple(node.name for node in looked), attribute=1)
    nodes = (Node("at", "Gather", (INPUT, "zero"), attribute=1), *looked, joined)
    nodes = (*nodes, Node(OUTPUT, "Gather", ("all", "first"), attribute=1))
    constants = {"zero": np.array(0), "table": np.zeros((100_000, 1), dtype=np.int64), "first": np.array([0])}
    with pytest.raises(exact.NotExact) as refused:
        exact.check(encode_graph(Graph(nodes, constants, 1, schema(1))))
    assert refused.value.node == "g10"


@pytest.mark.parametrize("artifact", [linear((1,) * 4096), linear((1,) * 30, nullable=True), perceptron(30, 64, 32)])
def test_usual_models_are_explained(artifact: bytes) -> None:
    assert exact.check(artifact).explaining_steps <= EXPLAINING_STEPS_MAX


@pytest.mark.parametrize("artifact", [doubling(4096, 2), perceptron(600, 100, 50)])
def test_what_takes_long_to_explain_says_so_on_its_card(artifact: bytes) -> None:
    card = exact.check(artifact)
    assert card.scoring_steps <= SCORING_STEPS_MAX
    assert card.explaining_steps > EXPLAINING_STEPS_MAX


@pytest.mark.parametrize(("artifact", "by_terms"), [(linear((3,) * 50), True), (doubling(50, 3), False)])
def test_walks_hold_few_values_at_a_time(artifact: bytes, by_terms: bool) -> None:
    proven = prove(artifact)
    assert (first_product(proven.graph, proven.ranges) is not None) is by_terms
    asked: list[int] = []
    walks = walks_of(proven, np.ones(50, dtype=np.int64), np.zeros(50, dtype=np.int64))

    def scores_at(start: int, stop: int, back: bool) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        asked.append(stop - start)
        return walks.scores_at(start, stop, back)

    narrow = type(walks)(walks.moved, EXPLAINED_VALUES // 7, scores_at)
    assert narrow.scores(back=True).tolist() == walks.scores(back=True).tolist()
    assert (max(asked), sum(asked)) == (7, 51)


def test_one_row_is_computed_however_wide_it_is() -> None:
    assert (slice_rows(3, 10), slice_rows(11, 10)) == (3, 1)


@pytest.mark.parametrize("values", [1, 40, 1000])
def test_cutting_a_batch_changes_no_score(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    proven = prove(forest(features=3, trees=10, depth=4))
    rows = np.random.default_rng(3).integers(0, 1000, (50, 3))
    whole = running.Runner(proven).run(rows).tolist()
    monkeypatch.setattr(running, "SCORED_VALUES", values)
    assert running.Runner(proven).run(rows).tolist() == whole


def test_features_share_no_terms_they_do_not_have() -> None:
    """Columns chosen twice, in another order, and not at all: each feature gets the terms of its own columns."""
    nodes = (
        Node("chosen", "Gather", (INPUT, "places"), attribute=1),
        Node("product", "MatMul", ("chosen", "weights")),
        Node(OUTPUT, "Add", ("product", "base")),
    )
    constants = {"places": np.array([3, 0, 3]), "weights": np.array([[5], [7], [11]]), "base": np.array([2])}
    features = tuple(Feature(f"x{index}", maximum=9) for index in range(4))
    declared = Schema(1, features, ScoreSchema("s", "", 0, "identity"), (1, 1, 1, 1))
    artifact = encode_graph(Graph(nodes, constants, 4, msgspec.json.encode(declared)))
    why = exact.explain(artifact, (2, 9, 9, 4))
    assert (why.base, [amount for _, amount in why.contributions]) == (25, [7, 0, 0, 48])

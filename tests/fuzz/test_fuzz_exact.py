"""Mutants of valid artifacts are refused with `NotExact`, or run identically everywhere. They never crash."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor

from muniment import exact
from muniment.exact.checker import prove
from muniment.exact.forest import Forest
from muniment.exact.graph import Graph, Node, encode_graph
from muniment.exact.runner import Runner


def artifacts() -> list[bytes]:
    source = np.random.default_rng(1)
    table = np.round(source.normal(size=(200, 3)) * 9, 1)
    table[:, 2] = source.integers(0, 4, 200)
    labels = (table[:, 0] + table[:, 1] > 0).astype(int)
    gaps = table.copy()
    gaps[::5, 1] = np.nan
    boosted = HistGradientBoostingClassifier(max_iter=3, max_depth=3, categorical_features=[2]).fit(gaps, labels)
    perceptron = MLPRegressor(hidden_layer_sizes=(3,), solver="lbfgs", max_iter=9000).fit(table, table[:, 0])
    return [
        exact.compile(boosted, calibration=gaps).artifact,
        exact.compile(LogisticRegression().fit(table, labels), calibration=table).artifact,
        exact.compile(perceptron, calibration=table).artifact,
    ]


ARTIFACTS = artifacts()


def survives(mutant: bytes) -> bool:
    """Whether the checker accepts a mutant, which then has to score alike in all three evaluations."""
    try:
        proven = prove(mutant)
    except exact.NotExact:
        return False
    rows = edge_rows(proven.card.features)
    plain = exact.reference(mutant, rows.tolist())
    assert Runner(proven).run(rows).tolist() == plain
    evaluator = ReferenceEvaluator(onnx.load_model_from_string(mutant))
    assert evaluator.run(None, {"features": rows})[0].ravel().tolist() == plain  # type: ignore[index]
    assert [exact.explain(Runner(proven), row).score for row in rows] == plain
    return True


def edge_rows(features: tuple[exact.Feature, ...]) -> npt.NDArray[np.int64]:
    choice = random.Random(5)
    rows = []
    for _ in range(12):
        values = [
            choice.choice([feature.minimum, feature.maximum, choice.randint(feature.minimum, feature.maximum)])
            for feature in features
        ]
        for place, feature in enumerate(features):
            if feature.nullable and choice.random() < 0.4:
                values[place] = exact.MISSING
        rows.append(values)
    return np.array(rows, dtype=np.int64)


def test_the_unchanged_artifacts_survive() -> None:
    assert [survives(artifact) for artifact in ARTIFACTS] == [True, True, True]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_refused(noise: bytes) -> None:
    assert not survives(noise)


def changed_bytes(artifact: bytes, choice: random.Random) -> bytes:
    data = bytearray(artifact)
    for _ in range(choice.choice([1, 1, 2, 5])):
        place = choice.randrange(len(data))
        match choice.randrange(6):
            case 0:
                data[place] ^= 1 << choice.randrange(8)
            case 1:
                data[place] = choice.choice([0, 1, 0x7F, 0x80, 0xFF])
            case 2:
                del data[place : place + choice.randrange(1, 9)]
            case 3:
                data[place:place] = choice.randbytes(choice.randrange(1, 9))
            case 4:
                other = choice.randrange(len(data))
                data[place : place + 8] = data[other : other + 8]
            case _:
                del data[place:]
        if not data:
            break
    return bytes(data)


def test_changed_bytes_are_refused_or_harmless() -> None:
    choice = random.Random(11)
    outcomes = [survives(changed_bytes(choice.choice(ARTIFACTS), choice)) for _ in range(600)]
    assert not all(outcomes)


def odd_number(value: int, choice: random.Random) -> int:
    return choice.choice([0, 1, -1, value + 1, value - 1, -value, 2**24, 2**40, 2**53, 2**62, choice.randint(-9, 9)])


def changed_table(values: npt.NDArray[np.int64], choice: random.Random) -> npt.NDArray[np.int64]:
    changed = values.copy().reshape(-1)
    match choice.randrange(4):
        case 0:
            return changed[: max(1, changed.size - 1)].reshape(-1)
        case 1:
            choice.shuffle(changed)  # type: ignore[arg-type]
        case _:
            place = choice.randrange(changed.size)
            changed[place] = odd_number(int(changed[place]), choice)
    return changed.reshape(values.shape)


def changed_forest(forest: Forest, choice: random.Random) -> Forest:
    name = choice.choice([item.name for item in fields(Forest)])
    return replace(forest, **{name: changed_table(getattr(forest, name), choice)})


def changed_node(node: Node, names: list[str], choice: random.Random) -> Node:
    match choice.randrange(5):
        case 0 if node.forest is not None:
            return replace(node, forest=changed_forest(node.forest, choice))
        case 1:
            return replace(node, inputs=tuple(choice.sample(names, min(len(node.inputs), len(names)))))
        case 2 if node.attribute is not None:
            return replace(node, attribute=odd_number(node.attribute, choice))
        case 3 if node.attribute is None and node.forest is None:
            return replace(node, op=choice.choice(["Add", "Div", "Max", "Less", "MatMul", "Sub", "Clip", "Where"]))
        case 4:
            return replace(node, name=choice.choice(names))
    return replace(node, forest=changed_forest(node.forest, choice)) if node.forest else node


def changed_graph(graph: Graph, choice: random.Random) -> Graph:
    """A mutant in canonical form, so that it gets past the first gate."""
    names = ["features", "score", *graph.constants, *(node.name for node in graph.nodes)]
    nodes, constants = list(graph.nodes), dict(graph.constants)
    match choice.randrange(5):
        case 0 | 1:
            place = choice.randrange(len(nodes))
            nodes[place] = changed_node(nodes[place], names, choice)
        case 2:
            name = choice.choice(list(constants))
            constants[name] = changed_table(constants[name], choice)
        case 3:
            place = choice.randrange(len(nodes))
            nodes[place:place] = [nodes.pop(choice.randrange(len(nodes)))]
        case _:
            digits = [place for place, byte in enumerate(graph.metadata) if 0x30 <= byte <= 0x39]
            place = choice.choice(digits)
            metadata = graph.metadata[:place] + b"%d" % choice.randrange(10) + graph.metadata[place + 1 :]
            return replace(graph, metadata=metadata)
    return replace(graph, nodes=tuple(nodes), constants=constants)


@pytest.mark.filterwarnings("ignore")
def test_changed_graphs_are_refused_or_run_identically() -> None:
    choice = random.Random(12)
    outcomes: list[bool] = []
    for _ in range(900):
        graph: Any = prove(choice.choice(ARTIFACTS)).graph
        try:
            mutant = encode_graph(changed_graph(graph, choice))
        except (ValueError, OverflowError, IndexError, KeyError):
            continue
        outcomes.append(survives(mutant))
    assert any(outcomes), "no mutant got as far as being run: the fuzzer has lost its teeth"
    assert not all(outcomes)

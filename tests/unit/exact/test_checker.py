"""What the checker refuses, and that it names the place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from muniment import exact
from muniment.exact.checker import SIZE_LIMIT_BYTES, prove
from muniment.exact.forest import Forest
from muniment.exact.graph import Graph, Node, encode_graph


def with_forest(model: exact.ExactModel, **changes: object) -> bytes:
    """The artifact with tables of its forest replaced, in canonical form."""
    graph = prove(model.artifact).graph
    nodes = [
        replace(node, forest=replace(node.forest, **changes)) if node.forest else node  # type: ignore[arg-type]
        for node in graph.nodes
    ]
    return encode_graph(replace(graph, nodes=tuple(nodes)))


def forest_of(model: exact.ExactModel) -> Forest:
    node = prove(model.artifact).tree_node
    assert node is not None
    assert node.forest is not None
    return node.forest


def with_nodes(model: exact.ExactModel, change: Callable[[Node], Node]) -> bytes:
    graph = prove(model.artifact).graph
    return encode_graph(replace(graph, nodes=tuple(change(node) for node in graph.nodes)))


def with_metadata(model: exact.ExactModel, old: bytes, new: bytes) -> bytes:
    graph = prove(model.artifact).graph
    assert old in graph.metadata
    return encode_graph(replace(graph, metadata=graph.metadata.replace(old, new)))


def test_a_card_is_derived_from_the_artifact_alone(trees: exact.ExactModel) -> None:
    card = exact.check(trees.artifact)
    assert card == trees.card
    assert card.id == hashlib.sha256(trees.artifact).digest()
    assert (card.kind, card.trees, len(card.features)) == ("trees", 8, 4)
    assert card.score.minimum < 0 < card.score.maximum


def test_kinds_are_told_apart(linear: exact.ExactModel, mlp: exact.ExactModel) -> None:
    assert (linear.card.kind, linear.card.depth) == ("linear", 1)
    assert (mlp.card.kind, mlp.card.depth) == ("mlp", 3)


def test_onnx_itself_accepts_the_artifacts(
    trees: exact.ExactModel, linear: exact.ExactModel, mlp: exact.ExactModel
) -> None:
    for model in (trees, linear, mlp):
        onnx.checker.check_model(onnx.load_model_from_string(model.artifact), full_check=True)


def test_another_encoding_of_the_same_model_is_refused(trees: exact.ExactModel) -> None:
    same = onnx.load_model_from_string(trees.artifact).SerializeToString()
    assert same != trees.artifact
    with pytest.raises(exact.NotExact):
        exact.check(same)


def test_a_file_beyond_the_size_limit_is_refused_unread() -> None:
    with pytest.raises(exact.NotExact) as refused:
        exact.check(bytes(SIZE_LIMIT_BYTES + 1))
    assert refused.value.fields["node"] == "file"


@pytest.mark.parametrize("hostile", [b"", b"\x00", b"\xff" * 40, b"\x08\x0a", b"\x3a\xff\xff\xff\xff\x0f", b"{}"])
def test_bytes_that_are_no_model_are_refused(hostile: bytes) -> None:
    with pytest.raises(exact.NotExact):
        exact.check(hostile)


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def _function(model: onnx.ModelProto) -> None:
    model.functions.add(name="f", domain="d")


def _control_flow(model: onnx.ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.append(helper.make_node("Loop", [], ["y"], name="loop", body=body))


def _sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add()


def _float_constant(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("nan", TensorProto.FLOAT, [1], [float("nan")]))


def _odd_shape(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[:] = [-1, 1 << 60]


def _unknown_operator(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Exp", ["score"], ["exp"], name="exp"))


def _more_metadata(model: onnx.ModelProto) -> None:
    model.metadata_props.add(key="author", value="x")


def _document(model: onnx.ModelProto) -> None:
    model.doc_string = "hidden"


HOSTILE = [
    _external,
    _function,
    _control_flow,
    _sparse,
    _float_constant,
    _odd_shape,
    _unknown_operator,
    _more_metadata,
    _document,
]


@pytest.mark.parametrize("change", HOSTILE)
def test_hostile_onnx_is_refused(linear: exact.ExactModel, change: Callable[[onnx.ModelProto], None]) -> None:
    model = onnx.load_model_from_string(linear.artifact)
    change(model)
    with pytest.raises(exact.NotExact):
        exact.check(model.SerializeToString())


def test_the_refused_operator_is_named(linear: exact.ExactModel) -> None:
    hostile = with_nodes(linear, lambda node: replace(node, op="Mul") if node.op == "Add" else node)
    with pytest.raises(exact.NotExact) as refused:
        exact.check(hostile)
    assert refused.value.fields["node"] in {node.name for node in prove(linear.artifact).graph.nodes}
    assert "Mul" in str(refused.value.fields["reason"])


@pytest.mark.parametrize("operator", ["Max", "Min", "Clip", "Sign"])
def test_operators_that_onnx_runtime_gets_wrong_are_refused(linear: exact.ExactModel, operator: str) -> None:
    hostile = with_nodes(linear, lambda node: replace(node, op=operator) if node.op == "Add" else node)
    with pytest.raises(exact.NotExact) as refused:
        exact.check(hostile)
    assert operator in str(refused.value.fields["reason"])


def test_a_floor_is_only_proven_of_the_tensor_that_was_compared(mlp: exact.ExactModel) -> None:
    graph = prove(mlp.artifact).graph
    swapped = {"negative_0": "product_0"}
    nodes = tuple(
        replace(node, inputs=(swapped[node.name], *node.inputs[1:])) if node.name in swapped else node
        for node in graph.nodes
    )
    with pytest.raises(exact.NotExact) as refused:
        exact.check(encode_graph(replace(graph, nodes=nodes)))
    assert "negative" in str(refused.value.fields["reason"])


def test_a_cycle_is_refused(linear: exact.ExactModel) -> None:
    hostile = with_nodes(linear, lambda node: replace(node, inputs=("score", *node.inputs[1:])))
    with pytest.raises(exact.NotExact):
        exact.check(hostile)


def test_a_cyclic_tree_is_refused(trees: exact.ExactModel) -> None:
    left = forest_of(trees).left.copy()
    left[3] = 0
    with pytest.raises(exact.NotExact) as refused:
        exact.check(with_forest(trees, left=left))
    assert refused.value.fields["node"] == "trees"


def test_a_node_with_two_parents_is_refused(trees: exact.ExactModel) -> None:
    forest = forest_of(trees)
    with pytest.raises(exact.NotExact):
        exact.check(with_forest(trees, left=forest.right))


def test_a_tree_that_is_too_deep_is_refused(trees: exact.ExactModel) -> None:
    depth = 70
    steps = np.arange(depth)
    chain = {
        "root": np.array([0]),
        "column": np.zeros(depth, dtype=np.int64),
        "threshold": steps,
        "left": depth + steps,
        "right": np.append(steps[1:], 2 * depth),
        "weight": np.ones(depth + 1, dtype=np.int64),
        "cover": np.ones(depth + 1, dtype=np.int64),
    }
    graph = prove(trees.artifact).graph
    nodes = tuple(replace(node, forest=Forest(**chain)) if node.forest else node for node in graph.nodes)
    hostile = encode_graph(replace(graph, nodes=nodes, constants={**graph.constants, "cover": chain["cover"]}))
    with pytest.raises(exact.NotExact) as refused:
        exact.check(hostile)
    assert "deeper" in str(refused.value.fields["reason"])


def test_leaves_whose_sum_could_round_are_refused(trees: exact.ExactModel) -> None:
    weight = np.full_like(forest_of(trees).weight, 2**39)
    with pytest.raises(exact.NotExact) as refused:
        exact.check(with_forest(trees, weight=weight))
    assert refused.value.fields["node"] == "trees"


def test_a_split_on_a_column_that_is_not_there_is_refused(trees: exact.ExactModel) -> None:
    column = forest_of(trees).column.copy()
    column[0] = 9999
    with pytest.raises(exact.NotExact):
        exact.check(with_forest(trees, column=column))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 0.5, -0.0, 2.0**60])
def test_a_leaf_that_is_no_integer_is_refused(trees: exact.ExactModel, number: float) -> None:
    leaf = np.float64(forest_of(trees).weight[0]).tobytes()
    assert leaf in trees.artifact
    with pytest.raises(exact.NotExact):
        exact.check(trees.artifact.replace(leaf, np.float64(number).tobytes()))


def test_a_lookup_that_could_leave_its_table_is_refused(trees: exact.ExactModel) -> None:
    graph = prove(trees.artifact).graph
    name = next(name for name in graph.constants if name.startswith("sides_"))
    short = {**graph.constants, name: graph.constants[name][:-1]}
    with pytest.raises(exact.NotExact):
        exact.check(encode_graph(replace(graph, constants=short)))


def test_a_numerator_that_could_be_negative_is_refused(mlp: exact.ExactModel) -> None:
    graph = prove(mlp.artifact).graph
    low = {**graph.constants, "zero_0": graph.constants["zero_0"] - 1}
    with pytest.raises(exact.NotExact) as refused:
        exact.check(encode_graph(replace(graph, constants=low)))
    assert "negative" in str(refused.value.fields["reason"])


def test_sums_that_could_overflow_are_refused(linear: exact.ExactModel) -> None:
    graph = prove(linear.artifact).graph
    huge = {name: value * 0 + 2**61 if value.ndim == 2 else value for name, value in graph.constants.items()}
    with pytest.raises(exact.NotExact) as refused:
        exact.check(encode_graph(replace(graph, constants=huge)))
    assert "2**62" in str(refused.value.fields["reason"])


def test_a_range_declared_too_wide_is_refused(trees: exact.ExactModel) -> None:
    high = trees.card.features[1].maximum
    with pytest.raises(exact.NotExact):
        exact.check(with_metadata(trees, b'"maximum":%d,' % high, b'"maximum":%d,' % 2**53))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":2'),
        (b'"version":1', b'"version":1 '),
        (b'"version":1', b'"version":1,"more":1'),
        (b'"name":"f1"', b'"name":"f0"'),
        (b'"name":"f1"', b'"name":""'),
        (b'"link":"logit"', b'"link":"other"'),
        (b'"minimum":0', b'"minimum":99999999999999999999999'),
        (b'"nullable":false', b'"nullable":1'),
    ],
)
def test_an_unsound_schema_is_refused(trees: exact.ExactModel, old: bytes, new: bytes) -> None:
    with pytest.raises(exact.NotExact):
        exact.check(with_metadata(trees, old, new))


def test_a_value_nothing_uses_is_refused(linear: exact.ExactModel) -> None:
    graph = prove(linear.artifact).graph
    spare = Graph(graph.nodes, {**graph.constants, "spare": np.array([1])}, graph.columns, graph.metadata)
    with pytest.raises(exact.NotExact) as refused:
        exact.check(encode_graph(spare))
    assert refused.value.fields["node"] == "spare"

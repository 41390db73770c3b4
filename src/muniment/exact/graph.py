"""The one ONNX graph shape that artifacts have, and its bytes.

Input `features`: int64 [rows, features]; output `score`: int64 [rows, 1]. Constants are int64. Node attributes are
integers, except for a tree ensemble, whose tables are a `Forest`; covers of its leaves are the constant `cover`.

Source: onnx.proto of ONNX 1.16 (IR version 10, opset 21, ai.onnx.ml 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from muniment.exact import wire
from muniment.exact.errors import NotExact
from muniment.exact.forest import Forest
from muniment.exact.forest_wire import decode_forest, encode_forest
from muniment.exact.wire import Int64s, Malformed, Reader

INPUT, OUTPUT, METADATA_KEY = "features", "score", "muniment"
IR_VERSION, OPSET, ML_OPSET = 10, 21, 5
NODES_MAX = 1024
INT64, DOUBLE = 7, 11
TREES = "TreeEnsemble"
COVER = "cover"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_AXIS_ATTRIBUTES = {"Concat": "axis", "Gather": "axis", "Cast": "to"}
_INT, _TENSOR_DIMENSIONS_MAX = 2, 2


@dataclass(frozen=True, slots=True)
class Node:
    """One operator: its name is also the name of its only output."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attribute: int | None = None
    forest: Forest | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole artifact: operators in order of execution, constants, declared schema (JSON)."""

    nodes: tuple[Node, ...]
    constants: dict[str, Int64s]
    columns: int
    metadata: bytes


def encode_graph(graph: Graph) -> bytes:
    """Return the canonical ONNX bytes of `graph`."""
    body = b"".join(wire.data(1, _encode_node(node)) for node in graph.nodes)
    body += wire.text(2, "exact")
    body += b"".join(wire.data(5, _encode_tensor(name, value)) for name, value in graph.constants.items())
    body += wire.data(11, _value_info(INPUT, graph.columns)) + wire.data(12, _value_info(OUTPUT, 1))
    model = wire.number(1, IR_VERSION) + wire.text(2, "muniment") + wire.data(7, body)
    model += wire.data(8, wire.text(1, "") + wire.number(2, OPSET))
    if any(node.forest for node in graph.nodes):
        model += wire.data(8, wire.text(1, "ai.onnx.ml") + wire.number(2, ML_OPSET))
    return model + wire.data(14, wire.text(1, METADATA_KEY) + wire.data(2, graph.metadata))


def decode_graph(artifact: bytes) -> Graph:
    """Return the graph whose canonical bytes are `artifact`.

    Raises:
        NotExact: anything that `encode_graph` does not write, or writes differently.
    """
    graph = _guarded("file", lambda: _decode_model(Reader(), artifact))
    if encode_graph(graph) != artifact:
        raise NotExact(node="file", reason="not in canonical form (names, order, versions or number encoding differ)")
    return graph


def _guarded(node: str, read: Callable[[], Graph]) -> Graph:
    try:
        return read()
    except (Malformed, UnicodeDecodeError) as err:
        raise NotExact(node=node, reason=str(err)) from None


# --- writing -------------------------------------------------------------------------------------------------


def _encode_node(node: Node) -> bytes:
    body = b"".join(wire.text(1, name) for name in node.inputs)
    body += wire.text(2, node.name) + wire.text(3, node.name) + wire.text(4, node.op)
    if node.forest is not None:
        return body + encode_forest(node.forest) + wire.text(7, "ai.onnx.ml")
    if node.attribute is not None:
        name = _AXIS_ATTRIBUTES[node.op]
        body += wire.data(5, wire.text(1, name) + wire.number(3, node.attribute) + wire.number(20, _INT))
    return body


def _encode_tensor(name: str, value: Int64s) -> bytes:
    dims = b"".join(wire.number(1, size) for size in value.shape)
    return dims + wire.number(2, INT64) + wire.text(8, name) + wire.data(9, value.astype("<i8").tobytes())


def _value_info(name: str, columns: int) -> bytes:
    dims = wire.data(1, wire.text(2, "rows")) + wire.data(1, wire.number(1, columns))
    tensor = wire.number(1, INT64) + wire.data(2, dims)
    return wire.text(1, name) + wire.data(2, wire.data(1, tensor))


# --- reading -------------------------------------------------------------------------------------------------

_MODEL = {1: "ir_version", 2: "producer_name", 7: "graph", 8: "opset_import", 14: "metadata_props"}
_GRAPH = {1: "node", 2: "name", 5: "initializer", 11: "input", 12: "output"}
_NODE = {1: "input", 2: "output", 3: "name", 4: "op_type", 5: "attribute", 7: "domain"}
_ATTRIBUTE = {1: "name", 3: "i", 20: "type"}
_TENSOR = {1: "dims", 2: "data_type", 8: "name", 9: "raw_data"}


def _decode_model(reader: Reader, artifact: bytes) -> Graph:
    model = reader.fields(artifact, _MODEL)
    entry = reader.fields(one_bytes(model, 14, "metadata entry"), {1: "key", 2: "value"})
    graph = reader.fields(one_bytes(model, 7, "graph"), _GRAPH)
    constants = dict(_decode_tensor(reader, body) for body in all_bytes(graph, 5))
    count = len(graph.get(1, []))
    if count > NODES_MAX:
        raise Malformed(f"{count} operators, at most {NODES_MAX}")
    nodes = tuple(_decode_node(reader, body, constants.get(COVER)) for body in all_bytes(graph, 1))
    if len(constants) != len(graph.get(5, [])):
        raise Malformed("two constants share a name")
    columns = _columns(reader, one_bytes(graph, 11, "input"))
    return Graph(nodes, constants, columns, one_bytes(entry, 2, "metadata value"))


def _decode_node(reader: Reader, body: bytes, cover: Int64s | None) -> Node:
    found = reader.fields(body, _NODE)
    name = one_bytes(found, 3, "node name").decode()
    op = one_bytes(found, 4, "operator").decode()
    if not _NAME.fullmatch(name):
        raise NotExact(node=repr(name[:64]), reason="a node name is not a lower-case identifier of 1 to 64 characters")
    try:
        inputs = tuple(value.decode() for value in all_bytes(found, 1))
        if op == TREES:
            return Node(name, op, inputs, forest=decode_forest(reader, all_bytes(found, 5), cover))
        return Node(name, op, inputs, attribute=_decode_attribute(reader, op, all_bytes(found, 5)))
    except Malformed as err:
        raise NotExact(node=name, reason=str(err)) from None


def _decode_attribute(reader: Reader, op: str, attributes: list[bytes]) -> int | None:
    if len(attributes) != (1 if op in _AXIS_ATTRIBUTES else 0):
        raise Malformed(f"operator {op[:64]!r} with {len(attributes)} attributes is not on the list of exact operators")
    if not attributes:
        return None
    value = reader.fields(attributes[0], _ATTRIBUTE).get(3, [0])[0]
    if not isinstance(value, int):
        raise Malformed("an attribute is not an integer")
    return value


def _decode_tensor(reader: Reader, body: bytes) -> tuple[str, Int64s]:
    found = reader.fields(body, _TENSOR)
    name = one_bytes(found, 8, "constant name").decode()
    dims = [value for value in found.get(1, []) if isinstance(value, int)]
    raw = one_bytes(found, 9, f"raw data of constant {name[:64]!r}")
    if not _NAME.fullmatch(name):
        raise Malformed("a constant's name is not a lower-case identifier of 1 to 64 characters")
    if found.get(2) != [INT64]:
        raise Malformed(f"constant {name!r} is not int64")
    if len(dims) > _TENSOR_DIMENSIONS_MAX or any(not 1 <= size <= len(raw) for size in dims):
        raise Malformed(f"constant {name!r} has an odd shape")
    size = 1
    for dim in dims:
        size *= dim
    if size * 8 != len(raw):
        raise Malformed(f"constant {name!r} has {len(raw)} bytes for shape {dims}")
    return name, np.frombuffer(raw, dtype="<i8").astype(np.int64).reshape(dims)


def _columns(reader: Reader, body: bytes) -> int:
    info = reader.fields(body, {1: "name", 2: "type"})
    tensor = reader.fields(one_bytes(info, 2, "input type"), {1: "tensor_type"})
    shape = reader.fields(one_bytes(tensor, 1, "tensor type"), {1: "elem_type", 2: "shape"})
    dims = all_bytes(reader.fields(one_bytes(shape, 2, "input shape"), {1: "dim"}), 1)
    if len(dims) != _TENSOR_DIMENSIONS_MAX:
        raise Malformed("the input is not a table of rows and features")
    value = reader.fields(dims[1], {1: "dim_value"}).get(1, [0])[0]
    if not isinstance(value, int) or value < 1:
        raise Malformed("the input has no fixed number of features")
    return value


def one_bytes(found: dict[int, list[int | bytes]], field: int, what: str) -> bytes:
    """Return the only value of a length-delimited field."""
    values = all_bytes(found, field)
    if len(values) != 1:
        raise Malformed(f"{len(values)} values where one {what} belongs")
    return values[0]


def all_bytes(found: dict[int, list[int | bytes]], field: int) -> list[bytes]:
    """Return the values of a length-delimited field."""
    values = [value for value in found.get(field, []) if isinstance(value, bytes)]
    if len(values) != len(found.get(field, [])):
        raise Malformed(f"field {field} is a number where bytes belong")
    return values

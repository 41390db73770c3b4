"""The attributes of an ONNX `TreeEnsembleRegressor`, to and from a `Forest`.

Source: ONNX operators-ml, ai.onnx.ml.TreeEnsembleRegressor, since version 3.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from muniment.exact import wire
from muniment.exact.forest import FLOAT32_EXACT, Forest
from muniment.exact.wire import Float32s, Int64s, Malformed

_INT, _FLOATS, _INTS, _STRINGS = 2, 6, 7, 8
_NAMES = (
    "n_targets",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_hitrates",
    "nodes_modes",
    "nodes_nodeids",
    "nodes_treeids",
    "nodes_truenodeids",
    "nodes_values",
    "target_ids",
    "target_nodeids",
    "target_treeids",
    "target_weights",
)


def encode_forest(forest: Forest) -> bytes:
    """Return the attributes of `forest` as repeated field 5 of a node, in the order of their names."""
    leaf = forest.leaf
    attributes = {
        "n_targets": wire.number(3, 1) + wire.number(20, _INT),
        "nodes_falsenodeids": _ints(forest.right),
        "nodes_featureids": _ints(forest.column),
        "nodes_hitrates": _floats(forest.cover),
        "nodes_modes": wire.modes(leaf) + wire.number(20, _STRINGS),
        "nodes_nodeids": _ints(forest.number),
        "nodes_treeids": _ints(forest.tree),
        "nodes_truenodeids": _ints(forest.left),
        "nodes_values": _floats(forest.threshold),
        "target_ids": _ints(np.zeros(int(leaf.sum()), dtype=np.int64)),
        "target_nodeids": _ints(forest.number[leaf]),
        "target_treeids": _ints(forest.tree[leaf]),
        "target_weights": _floats(forest.weight[leaf]),
    }
    return b"".join(wire.data(5, wire.text(1, name) + attributes[name]) for name in _NAMES)


def decode_forest(attributes: list[bytes]) -> Forest:
    """Return the forest described by the attributes of one node.

    The caller encodes it again and compares: what is derived here (node numbers, targets) is not read twice.

    Raises:
        Malformed: unknown or missing attributes, tables of different lengths, numbers that are not integers,
            or nodes that do not form trees.
    """
    bodies = dict(_split(attribute) for attribute in attributes)
    if tuple(bodies) != _NAMES or len(attributes) != len(_NAMES):
        odd = sorted(set(bodies) ^ set(_NAMES))
        raise Malformed(f"tree attributes are not exactly those allowed, in order: {odd}")
    leaf = wire.mode_flags(_until_type(bodies["nodes_modes"], _STRINGS))
    weight = np.zeros(leaf.size, dtype=np.int64)
    weights = _read_floats(bodies["target_weights"])
    if weights.size != int(leaf.sum()):
        raise Malformed(f"{weights.size} target weights for {int(leaf.sum())} leaves")
    weight[leaf] = weights
    tables = {name: _read_ints(bodies[name]) for name in _NAMES if name.endswith("ids") and name[0] == "n"}
    floats = {name: _read_floats(bodies[name]) for name in ("nodes_values", "nodes_hitrates")}
    if {table.size for table in (*tables.values(), *floats.values())} != {leaf.size}:
        raise Malformed("the tables of the tree nodes have different lengths")
    return _formed(tables, floats, leaf, weight)


def _formed(
    tables: dict[str, Int64s], floats: dict[str, Int64s], leaf: npt.NDArray[np.bool_], weight: Int64s
) -> Forest:
    tree = tables["nodes_treeids"]
    steps = np.diff(tree, prepend=-1)
    if bool((steps < 0).any() or (steps > 1).any()):
        raise Malformed("trees are not numbered from 0 in order")
    forest = Forest(
        tree=tree,
        leaf=leaf,
        column=tables["nodes_featureids"],
        threshold=floats["nodes_values"],
        left=tables["nodes_truenodeids"],
        right=tables["nodes_falsenodeids"],
        weight=weight,
        cover=floats["nodes_hitrates"],
    )
    _check_structure(forest)
    return forest


def _check_structure(forest: Forest) -> None:
    """Refuse nodes that do not form trees: with one parent each, of a lower number, there is no cycle."""
    split = ~forest.leaf
    sizes = np.bincount(forest.tree)[forest.tree]
    for child in (forest.left, forest.right):
        if bool((child[split] <= forest.number[split]).any() or (child >= sizes).any()):
            raise Malformed("a tree node has a child that is not further down in its tree")
    parents = np.bincount(forest.child[split].ravel(), minlength=forest.tree.size)
    parents[forest.root] += 1
    if bool((parents != 1).any()):
        raise Malformed("a tree node has no parent or more than one")
    spare = (forest.left, forest.right, forest.column, forest.threshold)
    if any(bool(table[forest.leaf].any()) for table in spare):
        raise Malformed("a leaf has a column, a threshold or children")
    covers = np.add.reduceat(np.where(forest.leaf, forest.cover, 0), forest.root)
    if bool((forest.cover < 1).any() or (covers > FLOAT32_EXACT).any()):
        raise Malformed("a tree node has no cover, or the leaves of a tree cover more than 2**24")


def _ints(values: Int64s) -> bytes:
    return wire.data(8, wire.packed(values)) + wire.number(20, _INTS)


def _floats(values: Int64s) -> bytes:
    return wire.data(7, values.astype("<f4").tobytes()) + wire.number(20, _FLOATS)


def _split(attribute: bytes) -> tuple[str, bytes]:
    """Return name and rest of an attribute that starts with its name of at most 127 bytes."""
    if len(attribute) < 2 or attribute[0] != 0x0A or attribute[1] > 0x7F:
        raise Malformed("an attribute does not start with its name")
    end = 2 + attribute[1]
    return attribute[2:end].decode(), attribute[end:]


def _until_type(body: bytes, kind: int) -> bytes:
    tail = wire.number(20, kind)
    if not body.endswith(tail):
        raise Malformed("an attribute has the wrong type")
    return body[: -len(tail)]


def _list(body: bytes, field: int, kind: int) -> bytes:
    found = wire.fields(_until_type(body, kind), {field: "values"}).get(field, [])
    if len(found) != 1 or not isinstance(found[0], bytes):
        raise Malformed("a table is not one packed list")
    return found[0]


def _read_ints(body: bytes) -> Int64s:
    return wire.unpacked(_list(body, 8, _INTS))


def _read_floats(body: bytes) -> Int64s:
    raw = _list(body, 7, _FLOATS)
    if len(raw) % 4 or not raw:
        raise Malformed("truncated list of numbers")
    values: Float32s = np.frombuffer(raw, dtype="<f4").astype(np.float32)
    # Written so that NaN fails as well.
    if not bool((np.abs(values) <= FLOAT32_EXACT).all()):
        raise Malformed("a number of a tree is not finite, or beyond 2**24")
    whole = values.astype(np.int64)
    if bool((whole != values).any()):
        raise Malformed("a number of a tree is not an integer")
    return whole

"""The attributes of an ONNX `TreeEnsemble`, to and from a `Forest`.

Covers of the leaves have no place among them (only splits have a hit rate), and lie beside them as a constant.

Source: ONNX operators-ml, ai.onnx.ml.TreeEnsemble, since version 5.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from muniment.exact import wire
from muniment.exact.forest import COVER_MAX, DOUBLE_EXACT, LEAVES_EXACT, Forest
from muniment.exact.wire import Int64s, Malformed, Reader

_INT, _TENSOR, _INTS = 2, 4, 7
_UINT8, _DOUBLE = 2, 11
_SUM = 1
_NAMES = (
    "aggregate_function",
    "leaf_targetids",
    "leaf_weights",
    "n_targets",
    "nodes_falseleafs",
    "nodes_falsenodeids",
    "nodes_featureids",
    "nodes_modes",
    "nodes_splits",
    "nodes_trueleafs",
    "nodes_truenodeids",
    "post_transform",
    "tree_roots",
)


def encode_forest(forest: Forest) -> bytes:
    """Return the attributes of `forest` as repeated field 5 of a node, in the order of their names."""
    splits = forest.splits
    right_leaf, left_leaf = forest.right >= splits, forest.left >= splits
    attributes = {
        "aggregate_function": _int(_SUM),
        "leaf_targetids": _ints(np.zeros_like(forest.weight)),
        "leaf_weights": _doubles("leaf_weights", forest.weight),
        "n_targets": _int(1),
        "nodes_falseleafs": _ints(right_leaf.astype(np.int64)),
        "nodes_falsenodeids": _ints(forest.right - splits * right_leaf),
        "nodes_featureids": _ints(forest.column),
        "nodes_modes": _tensor("nodes_modes", _UINT8, splits, bytes(splits)),
        "nodes_splits": _doubles("nodes_splits", forest.threshold),
        "nodes_trueleafs": _ints(left_leaf.astype(np.int64)),
        "nodes_truenodeids": _ints(forest.left - splits * left_leaf),
        "post_transform": _int(0),
        "tree_roots": _ints(forest.root),
    }
    return b"".join(wire.data(5, wire.text(1, name) + attributes[name]) for name in _NAMES)


def decode_forest(reader: Reader, attributes: list[bytes], cover: Int64s | None) -> Forest:
    """Return the forest described by the attributes of one node.

    The caller encodes it again and compares, which settles everything that is not read here.

    Args:
        reader: Of the file they are in.
        attributes: The bytes of each attribute.
        cover: The constant with the covers of the leaves.

    Raises:
        Malformed: unknown or missing attributes, tables of different lengths, numbers that are not integers,
            or nodes that do not form trees.
    """
    bodies = dict(_split(attribute) for attribute in attributes)
    if tuple(bodies) != _NAMES or len(attributes) != len(_NAMES):
        odd = sorted(set(bodies) ^ set(_NAMES))
        raise Malformed(f"tree attributes are not exactly those allowed, in order: {odd[:5]}")
    threshold = _read_doubles(reader, "nodes_splits", bodies["nodes_splits"], DOUBLE_EXACT)
    weight = _read_doubles(reader, "leaf_weights", bodies["leaf_weights"], LEAVES_EXACT)
    names = [name for name in _NAMES if name.startswith("nodes_") and name not in ("nodes_modes", "nodes_splits")]
    tables = {name: _read_ints(reader, bodies[name], threshold.size) for name in names}
    if {table.size for table in tables.values()} != {threshold.size}:
        raise Malformed("the tables of the splits have different lengths")
    if cover is None or cover.shape != weight.shape:
        raise Malformed("there is not one cover per leaf in the constant 'cover'")
    forest = Forest(
        root=_read_ints(reader, bodies["tree_roots"], threshold.size),
        column=tables["nodes_featureids"],
        threshold=threshold,
        left=_child(tables["nodes_truenodeids"], tables["nodes_trueleafs"], weight.size),
        right=_child(tables["nodes_falsenodeids"], tables["nodes_falseleafs"], weight.size),
        weight=weight,
        cover=cover,
    )
    _check_structure(forest)
    return forest


def _child(number: Int64s, leaf: Int64s, leaves: int) -> Int64s:
    if bool((leaf > 1).any() or (number >= np.where(leaf == 1, leaves, number.size)).any()):
        raise Malformed("a split has a child that does not exist")
    return number + leaf * number.size


def _check_structure(forest: Forest) -> None:
    """Refuse nodes that do not form trees: with one parent each, of a lower number, there is no cycle."""
    splits = np.arange(forest.splits)
    if bool((np.diff(forest.root) < 1).any()) or forest.root[0] != 0 or forest.root[-1] >= forest.splits:
        raise Malformed("the roots are not splits in ascending order from 0")
    for child in (forest.left, forest.right):
        if bool((child <= splits).any()):
            raise Malformed("a split has a child that is not further down")
    parents = np.bincount(np.concatenate([forest.left, forest.right, forest.root]), minlength=forest.nodes)
    if bool((parents != 1).any()):
        raise Malformed("a node of a tree has no parent or more than one")
    if bool((forest.cover < 1).any() or (forest.cover > COVER_MAX).any()):
        raise Malformed("a cover is not between 1 and 2**22")


def check_covers(forest: Forest) -> None:
    """Refuse trees whose leaves cover more than 2**22 together.

    Raises:
        Malformed: if so.
    """
    total = np.zeros(forest.root.size, dtype=np.int64)
    np.add.at(total, forest.tree[forest.splits :], forest.cover)
    if bool((total > COVER_MAX).any()):
        raise Malformed("the leaves of a tree cover more than 2**22")


def _int(value: int) -> bytes:
    return wire.number(3, value) + wire.number(20, _INT)


def _ints(values: Int64s) -> bytes:
    return wire.data(8, wire.packed(values)) + wire.number(20, _INTS)


def _doubles(name: str, values: Int64s) -> bytes:
    return _tensor(name, _DOUBLE, values.size, values.astype("<f8").tobytes())


def _tensor(name: str, kind: int, size: int, raw: bytes) -> bytes:
    body = wire.number(1, size) + wire.number(2, kind) + wire.text(8, name) + wire.data(9, raw)
    return wire.data(5, body) + wire.number(20, _TENSOR)


def _split(attribute: bytes) -> tuple[str, bytes]:
    """Return name and rest of an attribute that starts with its name of at most 127 bytes."""
    if len(attribute) < 2 or attribute[0] != 0x0A or attribute[1] > 0x7F:
        raise Malformed("an attribute does not start with its name")
    end = 2 + attribute[1]
    return attribute[2:end].decode(), attribute[end:]


def _read_ints(reader: Reader, body: bytes, most: int) -> Int64s:
    found = reader.fields(body, {8: "ints", 20: "type"}).get(8, [])
    if len(found) != 1 or not isinstance(found[0], bytes):
        raise Malformed("a table is not one packed list of integers")
    return wire.unpacked(found[0], most=most)


def _read_doubles(reader: Reader, name: str, body: bytes, limit: int) -> Int64s:
    tensor = reader.fields(body, {5: "t", 20: "type"}).get(5, [b""])[0]
    if not isinstance(tensor, bytes):
        raise Malformed(f"{name} is not a tensor")
    raw = reader.fields(tensor, {1: "dims", 2: "data_type", 8: "name", 9: "raw_data"}).get(9, [b""])[0]
    if not isinstance(raw, bytes) or len(raw) % 8 or not raw:
        raise Malformed(f"{name} is not a list of doubles")
    values: npt.NDArray[np.float64] = np.frombuffer(raw, dtype="<f8").astype(np.float64)
    # Written so that NaN fails as well.
    if not bool((np.abs(values) <= limit).all()):
        raise Malformed(f"a number of {name} is not finite, or beyond {limit}")
    whole = values.astype(np.int64)
    if bool((whole != values).any()):
        raise Malformed(f"a number of {name} is not an integer")
    return whole

"""The static proof that an artifact computes the same integers on every correct runtime. Executes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np

from muniment.exact.card import MISSING, SAFE_INTEGER, Card, Feature, Schema, ScoreType, schema_faults
from muniment.exact.errors import NotExact
from muniment.exact.forest import Forest
from muniment.exact.graph import COVER, INPUT, NODES_MAX, OUTPUT, TREES, Graph, Node, decode_graph
from muniment.exact.ranges import Range, Value, integers, propagate
from muniment.exact.wire import Int64s, Malformed
from muniment.exact.work import SCORING_STEPS_MAX, work_of

#: Longer artifacts are refused before they are looked at.
SIZE_LIMIT_BYTES = 4 << 20
#: Columns of all computed tensors together: so many, and so many more for each feature (a forest that takes missing
#: values has nine a feature). So a short row cannot blow up to a long one.
COLUMNS_MAX, COLUMNS_PER_FEATURE = 1 << 14, 12
#: Weights of all matrix products together, and values of all tables that are looked up in.
WEIGHTS_MAX, TABLES_MAX = 1 << 18, 1 << 20


@dataclass(frozen=True, slots=True)
class Proven:
    """An artifact that passed, taken apart.

    Args:
        artifact: The ONNX bytes.
        card: What was proven.
        graph: The operators and constants.
        ranges: Bounds of every tensor, by name.
    """

    artifact: bytes
    card: Card
    graph: Graph
    ranges: dict[str, Range]

    @property
    def tree_node(self) -> Node | None:
        """The tree ensemble of the graph, if it has one."""
        return next((node for node in self.graph.nodes if node.forest is not None), None)


def check(artifact: bytes) -> Card:
    """Prove that `artifact` is exact and return its card.

    Deterministic: the same bytes give the same card, or the same refusal, everywhere.

    Raises:
        NotExact: the first node that breaks a rule, and the rule.
    """
    return prove(artifact).card


def prove(artifact: bytes) -> Proven:
    """Prove that `artifact` is exact and return its parts.

    Raises:
        NotExact: the first node that breaks a rule, and the rule.
    """
    if len(artifact) > SIZE_LIMIT_BYTES:
        raise NotExact(node="file", reason=f"{len(artifact)} bytes, at most {SIZE_LIMIT_BYTES}")
    graph = decode_graph(artifact)
    schema = _schema(graph)
    ranges = _ranges(graph, schema)
    score = _score(schema, ranges)
    trees = [node.forest for node in graph.nodes if node.forest is not None]
    kind, count, depth = _size(graph, trees)
    work = work_of(graph, ranges)
    if work.scoring_steps > SCORING_STEPS_MAX:
        reason = f"a row takes {work.scoring_steps} steps to score, at most {SCORING_STEPS_MAX}"
        raise NotExact(node="graph", reason=reason)
    card = Card(
        id=hashlib.sha256(artifact).digest(),
        features=schema.features,
        score=score,
        kind=kind,
        trees=sum(int(forest.root.size) for forest in trees),
        nodes=count,
        depth=depth,
        size_bytes=len(artifact),
        baseline=schema.baseline,
        **work._asdict(),
    )
    return Proven(artifact, card, graph, ranges)


def _schema(graph: Graph) -> Schema:
    try:
        schema = msgspec.json.decode(graph.metadata, type=Schema)
        canonical = msgspec.json.encode(schema) == graph.metadata
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError) as err:
        raise NotExact(node="metadata", reason=str(err)) from None
    if not canonical:
        raise NotExact(node="metadata", reason="not in canonical form")
    for fault in schema_faults(schema):
        raise NotExact(node="metadata", reason=fault)
    if graph.columns != len(schema.features):
        raise NotExact(node=INPUT, reason=f"{graph.columns} columns for {len(schema.features)} declared features")
    return schema


def input_range(features: tuple[Feature, ...]) -> Range:
    """Return the range of the input tensor: as declared, and `MISSING` where that is allowed."""
    low = integers([MISSING if feature.nullable else feature.minimum for feature in features])
    return Range("int64", low, integers([feature.maximum for feature in features]), np.arange(len(features)))


def _ranges(graph: Graph, schema: Schema) -> dict[str, Range]:
    _check_names(graph)
    ranges = {INPUT: input_range(schema.features)}
    columns = weights = tables = 0
    for node in graph.nodes:
        args = [_argument(graph, ranges, node, name) for name in node.inputs]
        sizes = [arg.size for arg in args if isinstance(arg, np.ndarray)]
        weights += sum(sizes) if node.op == "MatMul" else 0
        tables += sum(sizes) if node.op == "Gather" else 0
        _check_work(node, graph, columns=columns, weights=weights, tables=tables)
        try:
            ranges[node.name] = propagate(node, args)
        except Malformed as err:
            raise NotExact(node=node.name, reason=str(err)) from None
        columns += max(ranges[node.name].columns, 1)
    _check_work(graph.nodes[-1], graph, columns=columns, weights=weights, tables=tables)
    return ranges


def _check_work(node: Node, graph: Graph, *, columns: int, weights: int, tables: int) -> None:
    """Refuse before more is computed than any real model needs."""
    most = COLUMNS_MAX + COLUMNS_PER_FEATURE * graph.columns
    bounds = (("columns", columns, most), ("weights", weights, WEIGHTS_MAX), ("table values", tables, TABLES_MAX))
    for what, count, bound in bounds:
        if count > bound:
            raise NotExact(node=node.name, reason=f"{count} {what} up to here, at most {bound}")


def _argument(graph: Graph, ranges: dict[str, Range], node: Node, name: str) -> Value:
    found: Range | Int64s | None = ranges.get(name)
    if found is None:
        found = graph.constants.get(name)
    if found is None:
        reason = f"input {name[:64]!r} is not computed before it (missing, or in a cycle)"
        raise NotExact(node=node.name, reason=reason)
    return found


def _check_names(graph: Graph) -> None:
    if not 1 <= len(graph.nodes) <= NODES_MAX:
        raise NotExact(node="graph", reason=f"{len(graph.nodes)} operators, allowed 1 to {NODES_MAX}")
    seen = {INPUT, *graph.constants}
    if INPUT in graph.constants:
        raise NotExact(node=INPUT, reason="a constant has the name of the input")
    for node in graph.nodes:
        if node.name in seen:
            raise NotExact(node=node.name, reason="two values share this name")
        seen.add(node.name)
    used = {name for node in graph.nodes for name in node.inputs} | {OUTPUT}
    used |= {COVER} if any(node.forest for node in graph.nodes) else set()
    for name in (*graph.constants, *(node.name for node in graph.nodes), INPUT):
        if name not in used:
            raise NotExact(node=name, reason="nothing uses this value")
    if any(node.forest is not None for node in graph.nodes):
        _check_tail(graph)


def _check_tail(graph: Graph) -> None:
    """Trees come last, their sum plus a constant is the score: what explanations rely on."""
    tail = graph.nodes[-4:]
    chained = all(later.inputs[:1] == (node.name,) for node, later in pairwise(tail))
    operators = tuple(node.op for node in tail)
    count = sum(node.forest is not None for node in graph.nodes)
    if not chained or operators != ("Cast", TREES, "Cast", "Add") or count != 1 or tail[-1].name != OUTPUT:
        raise NotExact(node="graph", reason="does not end in one Cast, TreeEnsemble, Cast and Add, in a chain")


def _score(schema: Schema, ranges: dict[str, Range]) -> ScoreType:
    found = ranges.get(OUTPUT)
    if found is None or found.kind != "int64" or found.columns != 1 or OUTPUT == INPUT:
        raise NotExact(node=OUTPUT, reason="the output is not one int64 column named 'score'")
    low, high = int(found.low[0]), int(found.high[0])
    if not -SAFE_INTEGER < low <= high < SAFE_INTEGER:
        raise NotExact(node=OUTPUT, reason=f"the score can reach {low} or {high}, beyond 2**53")
    declared = schema.score
    return ScoreType(declared.name, declared.unit, declared.decimals, low, high, declared.link)


def _size(graph: Graph, trees: list[Forest]) -> tuple[str, int, int]:
    """Return kind, number of tree nodes or weights, and depth."""
    if trees:
        return "trees", trees[0].nodes, trees[0].depth
    layers = sum(node.op == "MatMul" for node in graph.nodes)
    weights = sum(value.size for value in graph.constants.values())
    return ("mlp" if layers > 1 else "linear"), weights, layers

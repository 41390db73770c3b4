"""Write linear models and perceptrons as exact graphs of int64 products.

Numbers are scaled by powers of ten. A layer's weights are scaled as far as its sums stay below 2**62 for every input in
the declared ranges; a division brings activations back. Divisions round down, on numerators made non-negative by
adding a multiple of the divisor, because runtimes round negative ones differently.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from muniment.exact.card import Feature, Schema, ScoreSchema
from muniment.exact.checker import input_range
from muniment.exact.compiler.ensemble import Dense, Floats, Int64s, Scaling
from muniment.exact.errors import EstimatorUnsupported
from muniment.exact.graph import INPUT, OUTPUT, Graph, Node
from muniment.exact.ranges import INT64_EXACT, Range, integers, propagate

_ACTIVATION_DECIMALS, _SCORE_DECIMALS, _SCALE_MAX = 7, 9, 18
_SCORE_REACH = 2**53 - 1
Exact = Any  # numpy arrays of Python integers or fractions


@dataclass(slots=True)
class _Sketch:
    reach: Range
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Int64s] = field(default_factory=dict)
    at: str = INPUT

    def add(self, name: str, op: str, constant: Int64s) -> None:
        """Append an operator on the last tensor and a constant, and follow its range."""
        self.constants[f"{name}_by"] = constant
        node = Node(name, op, (self.at, f"{name}_by"))
        self.reach = propagate(node, [self.reach, constant])
        self.nodes.append(node)
        self.at = name

    def rectify(self, layer: int, zeros: Int64s) -> None:
        """Append what raises negative values of the last tensor to zero, and follow its range."""
        zero, condition, name = f"zero_{layer}", f"negative_{layer}", f"positive_{layer}"
        self.constants[zero] = zeros
        less = Node(condition, "Less", (self.at, zero))
        where = Node(name, "Where", (condition, zero, self.at))
        self.reach = propagate(where, [propagate(less, [self.reach, zeros]), zeros, self.reach])
        self.nodes += [less, where]
        self.at = name


def dense_graph(
    model: Dense, features: tuple[Feature, ...], scalings: list[Scaling], baseline: tuple[int, ...]
) -> tuple[Graph, Schema]:
    """Return the graph of `model` over fixed-point features, and its schema.

    Raises:
        EstimatorUnsupported: weights or ranges too large for 64-bit integers.
    """
    weights, biases = _folded(model, scalings)
    sketch = _Sketch(reach=input_range(features))
    unit: list[int] = [int(10**feature.decimals) for feature in features]
    for layer, (matrix, bias) in enumerate(zip(weights[:-1], biases[:-1], strict=True)):
        unit = _hidden_layer(sketch, layer, _per_unit(matrix, unit), bias)
    decimals = _output_layer(sketch, _per_unit(weights[-1], unit), biases[-1])
    schema = Schema(1, features, ScoreSchema(model.name, model.unit, decimals, model.link), baseline)
    return Graph(tuple(sketch.nodes), sketch.constants, len(features), b""), schema


def _folded(model: Dense, scalings: list[Scaling]) -> tuple[list[Exact], list[Exact]]:
    """Return weights and biases as fractions, with scaling steps folded into the first layer."""
    weights, biases = [_fractions(matrix) for matrix in model.weights], [_fractions(bias) for bias in model.biases]
    for scaling in reversed(scalings):
        shift, scale = _fractions(scaling.shift), _fractions(scaling.scale)
        if scaling.divides:
            scale = 1 / scale
            shift = -shift * scale
        biases[0] = biases[0] + shift @ weights[0]
        weights[0] = weights[0] * scale[:, None]
    return weights, biases


def _fractions(values: Floats) -> Exact:
    flat = [Fraction(value) for value in np.asarray(values, dtype=np.float64).ravel().tolist()]
    return integers(flat).reshape(np.shape(values))


def _per_unit(matrix: Exact, unit: list[int]) -> Exact:
    return matrix / integers(unit)[:, None]


def _rounded(values: Exact) -> Int64s:
    return np.array([round(value) for value in values.ravel()], dtype=object).reshape(values.shape)


def _scaled(sketch: _Sketch, matrix: Exact, bias: Exact) -> tuple[int, Int64s, Int64s]:
    """Return the greatest power of ten that keeps every sum below 2**61, and the integer weights and biases."""
    reach = np.maximum(abs(sketch.reach.low), abs(sketch.reach.high))
    for decimals in range(_SCALE_MAX, -1, -1):
        scale = 10**decimals
        weights, biases = _rounded(matrix * scale), _rounded(bias * scale)
        # A weight can be larger than all sums: when its feature is always zero.
        if max(np.max(reach @ abs(weights) + abs(biases)), np.max(abs(weights))) < INT64_EXACT // 2:
            return decimals, weights.astype(np.int64), biases.astype(np.int64)
    raise EstimatorUnsupported(
        estimator="the model",
        reason="its sums leave the range of 64-bit integers for some inputs in the declared ranges",
        remedy="scale the features before training, or declare narrower ranges with features=[exact.Feature(...)]",
    )


def _hidden_layer(sketch: _Sketch, layer: int, matrix: Exact, bias: Exact) -> list[int]:
    decimals, weights, biases = _scaled(sketch, matrix, bias)
    sketch.add(f"product_{layer}", "MatMul", weights)
    sketch.add(f"biased_{layer}", "Add", biases)
    sketch.rectify(layer, np.zeros_like(biases))
    divisor = 10 ** max(0, decimals - _ACTIVATION_DECIMALS)
    if divisor > 1:
        sketch.add(f"active_{layer}", "Div", np.full_like(biases, divisor))
    return [10 ** min(decimals, _ACTIVATION_DECIMALS)] * biases.size


def _output_layer(sketch: _Sketch, matrix: Exact, bias: Exact) -> int:
    """Add the last layer and return the decimals of the score."""
    decimals, weights, biases = _scaled(sketch, matrix, bias)
    reach = np.maximum(abs(sketch.reach.low), abs(sketch.reach.high))
    greatest = int(np.max(reach @ abs(weights.astype(object)) + abs(biases.astype(object))))
    kept = min(decimals, _SCORE_DECIMALS)
    while kept > 0 and greatest // 10 ** (decimals - kept) >= _SCORE_REACH:
        kept -= 1
    divisor = 10 ** (decimals - kept)
    sketch.add("product", "MatMul", weights)
    if divisor == 1:
        sketch.add(OUTPUT, "Add", biases)
        return kept
    # Half a step is added so that the division rounds to the nearest.
    steps = greatest // divisor + 2
    sketch.add("lifted", "Add", biases + (steps * divisor + divisor // 2))
    sketch.add("rounded", "Div", np.array([divisor]))
    sketch.add(OUTPUT, "Add", np.array([-steps]))
    return kept

"""`compile`: the way from a trained estimator to an artifact, a card and a fidelity report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from muniment.exact.card import Card, Feature, Schema
from muniment.exact.checker import check
from muniment.exact.compiler.calibration import Calibration, read_calibration
from muniment.exact.compiler.declared import declared_features, numbers
from muniment.exact.compiler.dense import dense_graph
from muniment.exact.compiler.ensemble import Dense, Ensemble, Floats
from muniment.exact.compiler.estimators import read_estimator, unsupported
from muniment.exact.compiler.fidelity import Fidelity, fidelity
from muniment.exact.compiler.float_scores import float_scores
from muniment.exact.compiler.trees import forest_graph
from muniment.exact.errors import CalibrationUnusable
from muniment.exact.fixedpoint import quantize_column
from muniment.exact.graph import Graph, encode_graph
from muniment.exact.runner import load
from muniment.exact.wire import Int64s

#: A score is another one if it differs by more than this share of the spread of all; so many rows may.
_DISAGREEMENT = 1e-3
_DIFFERING_SHARE = 0.05


@dataclass(frozen=True)
class ExactModel:
    """An exact model: its bytes, what was proven about them, and how close they come to the original.

    Args:
        artifact: The ONNX file; its SHA-256 is the model's id.
        report: The fidelity report, if the model was compiled here.
    """

    artifact: bytes = field(repr=False)
    report: Fidelity | None = None
    card: Card = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "card", check(self.artifact))

    @property
    def id(self) -> bytes:
        """SHA-256 of the artifact, 32 bytes."""
        return self.card.id

    def save(self, path: str | Path) -> Path:
        """Write the ONNX file and return its path."""
        target = Path(path)
        target.write_bytes(self.artifact)
        return target

    @classmethod
    def load(cls, path: str | Path) -> ExactModel:
        """Read an ONNX file and prove it exact.

        Raises:
            NotExact: it is not an exact model.
        """
        return cls(Path(path).read_bytes())

    def _repr_html_(self) -> str:
        from muniment.exact import display

        return display.model_html(self.card, self.report)


def compile_model(
    estimator: Any,
    *,
    calibration: Any,
    target: Any = None,
    features: Sequence[Feature] | None = None,
    decimals: int | Mapping[str, int] | None = None,
    weights: Any = None,
) -> ExactModel:
    """Return `estimator` as an exact model.

    Args:
        estimator: A fitted estimator of one of the families in docs/exact-models.md, or a pipeline of scalers and one.
        calibration: A data frame, Arrow table or 2-D array of rows like those to come.
        target: Labels or values of these rows, or the name of their column; for the report.
        features: Declared features, in place of what the data suggests; those not named are inferred.
        decimals: Decimals of all inferred features, or by name.
        weights: Weights of these rows, or the name of their column; for the report.

    Raises:
        EstimatorUnsupported: no exact form, and what to do instead.
        FeatureMismatch: the calibration data does not fit the estimator.
        CalibrationUnusable: a column or target that no range or report can be derived from.
        NotExact: the model is too large, or its ranges leave the exact range.
    """
    model, scalings = read_estimator(estimator)
    rows = read_calibration(estimator, calibration, target=target, weights=weights)
    declared = declared_features(model, rows, given=features, decimals=decimals)
    table = _quantized(declared, rows)
    if isinstance(model, Ensemble):
        graph, schema = forest_graph(model, declared, scalings)
    else:
        baseline = tuple(np.sort(table, axis=0)[(rows.rows - 1) // 2].tolist())
        graph, schema = dense_graph(model, declared, scalings, baseline)
    return _reported(estimator, model, graph, schema, rows, table)


def _quantized(features: tuple[Feature, ...], rows: Calibration) -> Int64s:
    faults: dict[int, Any] = {}
    columns = []
    for feature, values in zip(features, rows.columns, strict=True):
        plain = values if feature.categories else numbers(feature.name, values)
        columns.append(quantize_column(feature, plain, faults))
        if faults:
            index, fault = next(iter(faults.items()))
            raise CalibrationUnusable(column=feature.name, reason=f"row {index}: {fault}")
    return np.stack(columns, axis=1)


def _reported(
    estimator: Any, model: Ensemble | Dense, graph: Graph, schema: Schema, rows: Calibration, table: Int64s
) -> ExactModel:
    artifact = encode_graph(replace(graph, metadata=msgspec.json.encode(schema)))
    exact = ExactModel(artifact)
    scores = load(artifact).run(table) / 10.0**schema.score.decimals
    target = rows.target
    positive = None if target is None else _positive(model.link, schema.score.name, target)
    if model.link == "log":
        scores = np.exp(scores)
    plain = float_scores(estimator, model, rows.table)
    _check_agreement(estimator, plain, scores)
    report = fidelity(plain, scores, target=target, positive=positive, weights=rows.weights)
    object.__setattr__(exact, "report", report)
    return exact


def _check_agreement(estimator: Any, plain: Floats, exact: Floats) -> None:
    """Refuse a model that plainly is another: a library may say something in a way that was not known here.

    Rounding the inputs may change the leaf of a few rows, never of many.
    """
    spread = float(np.ptp(plain)) or 1.0
    differing = int((np.abs(plain - exact) > _DISAGREEMENT * spread).sum())
    if differing > max(1, _DIFFERING_SHARE * plain.size):
        reason = f"the compiled model gives other scores for {differing} of {plain.size} calibration rows"
        raise unsupported(
            estimator,
            reason,
            "give its features more decimals (`decimals=`), or report this and the library's version",
        )


def _positive(link: str, name: str, target: Any) -> Any:
    """Return which of the labels of a target is the positive class, None if the score is no classifier's.

    A bare booster does not know its classes, and then, as for an isolation forest, the greatest label is meant;
    isolation forests also say -1 for anomalous.
    """
    if link not in ("logit", "probability", "path-length"):
        return None
    labels = np.unique(target).tolist()
    if link == "path-length":
        return -1 if -1 in labels else labels[-1]
    return name if name in map(str, labels) else labels[-1]

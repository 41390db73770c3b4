"""Exact models: the same integers from the same inputs, on every machine, for ever. See docs/exact-models.md.

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from muniment.exact.card import MISSING, Card, Feature, ScoreType
from muniment.exact.errors import (
    CalibrationUnusable,
    CategoryUnknown,
    ColumnMissing,
    ColumnUnknown,
    EstimatorUnsupported,
    ExplanationTooCostly,
    FeatureMismatch,
    InputsWrongLength,
    NotExact,
    ValueMissing,
    ValueOutOfRange,
    ValueWrongType,
)

if TYPE_CHECKING:
    from muniment.exact.attribution import Explanation, explain
    from muniment.exact.checker import check
    from muniment.exact.compiler.fidelity import Fidelity
    from muniment.exact.compiler.model import ExactModel
    from muniment.exact.compiler.model import compile_model as compile
    from muniment.exact.fixedpoint import quantize, quantize_many
    from muniment.exact.inputs import check_inputs
    from muniment.exact.plain import reference
    from muniment.exact.runner import Runner, load

_HOMES = {
    "Explanation": ("attribution", "Explanation"),
    "explain": ("attribution", "explain"),
    "check": ("checker", "check"),
    "Fidelity": ("compiler.fidelity", "Fidelity"),
    "ExactModel": ("compiler.model", "ExactModel"),
    "compile": ("compiler.model", "compile_model"),
    "quantize": ("fixedpoint", "quantize"),
    "quantize_many": ("fixedpoint", "quantize_many"),
    "check_inputs": ("inputs", "check_inputs"),
    "reference": ("plain", "reference"),
    "Runner": ("runner", "Runner"),
    "load": ("runner", "load"),
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{home[0]}"), home[1])
    globals()[name] = found
    return found


__all__ = [
    "MISSING",
    "CalibrationUnusable",
    "Card",
    "CategoryUnknown",
    "ColumnMissing",
    "ColumnUnknown",
    "EstimatorUnsupported",
    "ExactModel",
    "Explanation",
    "ExplanationTooCostly",
    "Feature",
    "FeatureMismatch",
    "Fidelity",
    "InputsWrongLength",
    "NotExact",
    "Runner",
    "ScoreType",
    "ValueMissing",
    "ValueOutOfRange",
    "ValueWrongType",
    "check",
    "check_inputs",
    "compile",
    "explain",
    "load",
    "quantize",
    "quantize_many",
    "reference",
]

"""What can be wrong with a model or with a row: codes 900 to 949."""

from __future__ import annotations

from muniment.core.errors import Rejected


class NotExact(Rejected, code=900):
    """Bytes that are not provably an exact model: the node that breaks the rule, and the rule."""

    node: str
    reason: str
    text = "not an exact model: {node}: {reason}"
    fix = "compile the estimator again with muniment.exact.compile; docs/exact-models.md lists what is allowed"


class EstimatorUnsupported(Rejected, code=901):
    """An estimator, or an option of it, that has no exact form."""

    estimator: str
    reason: str
    remedy: str
    text = "{estimator} cannot be compiled: {reason}"
    fix = "{remedy}"


class FeatureMismatch(Rejected, code=902):
    """Calibration data or declared features that do not fit the estimator."""

    reason: str
    expected: tuple[str, ...]
    given: tuple[str, ...]
    text = "{reason}: expected {expected}, given {given}"
    fix = "pass the columns the estimator was trained on, under the same names"


class CalibrationUnusable(Rejected, code=903):
    """Calibration data from which no fixed-point range can be derived."""

    column: str
    reason: str
    text = "calibration column {column!r} cannot be used: {reason}"
    fix = "mend the column, or declare it with features=[exact.Feature(...)]"


class ColumnMissing(Rejected, code=910):
    """A row or frame lacks a feature of the model."""

    column: str
    given: tuple[str, ...]
    text = "column {column!r} is missing; given {given}"
    fix = "add it, or check the spelling"


class ColumnUnknown(Rejected, code=911):
    """A row or frame has a column the model does not know."""

    column: str
    known: tuple[str, ...]
    text = "column {column!r} is not a feature of this model; it knows {known}"
    fix = "drop it, or check the spelling"


class ValueMissing(Rejected, code=912):
    """A missing value where the model has no branch for it."""

    feature: str
    text = "feature {feature!r} has no value, and the model was not trained for that"
    fix = "supply a value, or train and compile with missing values in this column"


class ValueOutOfRange(Rejected, code=913):
    """A value outside the range the model was proven for, in the feature's own unit."""

    feature: str
    value: str
    minimum: str
    maximum: str
    text = "feature {feature!r} is {value}, outside {minimum} .. {maximum}"
    fix = "check its unit; a wider range needs a model compiled with features=[exact.Feature(...)]"


class ValueWrongType(Rejected, code=914):
    """A value that is not of the kind the feature holds."""

    feature: str
    value: str
    expected: str
    text = "feature {feature!r} is {value}, expected {expected}"
    fix = "convert it first; nothing is guessed"


class CategoryUnknown(Rejected, code=915):
    """A category that the model was not trained on."""

    feature: str
    value: str
    known: tuple[str, ...]
    text = "feature {feature!r} has no category {value!r}; it knows {known}"
    fix = "use a known category, or train and compile again"


class InputsWrongLength(Rejected, code=916):
    """Inputs with more or fewer values than the model has features."""

    expected: int
    given: int
    text = "the model takes {expected} inputs, given {given}"
    fix = "give one integer (or nothing, where allowed) per feature, in the order of the card"


class ExplanationTooCostly(Rejected, code=917):
    """An explanation that would keep everybody waiting: the model is neither trees nor small."""

    steps: int
    maximum: int
    text = "explaining this model's score takes {steps} steps, the ledger gives at most {maximum}"
    fix = (
        "decide without explain, and explain it yourself with muniment.exact.explain; or use a smaller model, or trees"
    )

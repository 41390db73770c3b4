"""The calibration table: which column is which feature, the target, the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Floats
from muniment.exact.errors import CalibrationUnusable, FeatureMismatch
from muniment.exact.frames import Coded, Column, column, column_names, is_frame, row_count


@dataclass(frozen=True, slots=True)
class Calibration:
    """The features of the calibration rows, and what they are judged by.

    Args:
        names: Feature names, in the order of the estimator.
        columns: One column per feature.
        table: The same rows in the form the estimator was fitted on.
        target: Labels or values, if known.
        weights: One weight per row, if given.
        rows: Number of rows.
    """

    names: tuple[str, ...]
    columns: list[Column]
    table: Any
    target: Any
    weights: Floats | None
    rows: int


def read_calibration(estimator: Any, data: Any, *, target: Any, weights: Any) -> Calibration:
    """Return the calibration rows, columns matched to the estimator's features.

    Args:
        estimator: Fitted; the names it was fitted on decide, if it has any.
        data: A frame or a 2-D array; columns the estimator does not know are left out.
        target: Labels or values, or the name of their column.
        weights: Row weights, or the name of their column.

    Raises:
        FeatureMismatch: a feature is missing, or the number of columns does not fit.
        CalibrationUnusable: no rows, or a target or weights of another length.
    """
    if not is_frame(data) or (isinstance(data, np.ndarray) and data.ndim != 2):
        raise CalibrationUnusable(column="*", reason=f"{type(data).__name__} is neither a data frame nor a 2-D array")
    rows = row_count(data)
    if rows == 0:
        raise CalibrationUnusable(column="*", reason="there are no rows")
    given = column_names(data)
    reserved = {name for name in (target, weights) if isinstance(name, str)}
    fitted = fitted_names(estimator)
    count = _feature_count(estimator)
    names = _names(given, fitted, count, reserved, width=data.shape[1] if given is None else 0)
    places = list(range(len(names))) if given is None else [given.index(name) for name in names]
    columns = [column(data, place) for place in places]
    if hasattr(data, "column_names") and hasattr(data, "to_pandas"):
        data = data.to_pandas()
    labelled = given is not None and hasattr(data, "iloc")
    table = data[list(names)] if labelled else data
    if labelled and getattr(estimator, "feature_names_in_", None) is None and not _is_booster(estimator):
        table = table.to_numpy()
    return Calibration(
        names,
        columns,
        table,
        _vector(data, given, target, rows),
        _weights(_vector(data, given, weights, rows)),
        rows,
    )


def _names(
    given: tuple[str, ...] | None, fitted: tuple[str, ...] | None, count: int | None, reserved: set[str], *, width: int
) -> tuple[str, ...]:
    if given is None:
        names = fitted or tuple(f"f{place}" for place in range(width))
        if len(names) != width or (count is not None and count != width):
            expected = fitted or tuple(f"f{place}" for place in range(count or 0))
            raise FeatureMismatch(reason="number of columns", expected=expected, given=(str(width),))
        return names
    if fitted is not None:
        absent = [name for name in fitted if name not in given]
        if absent:
            raise FeatureMismatch(reason=f"no column {absent[0]!r}", expected=fitted, given=given)
        return fitted
    names = tuple(name for name in given if name not in reserved)
    if count is not None and len(names) != count:
        raise FeatureMismatch(reason="number of columns", expected=(str(count),), given=names)
    return names


def fitted_names(estimator: Any) -> tuple[str, ...] | None:
    """Return the column names an estimator was fitted on, if it remembers any."""
    found = getattr(estimator, "feature_names_in_", None)
    if found is None and _is_booster(estimator):
        found = estimator.feature_name() if hasattr(estimator, "feature_name") else estimator.feature_names
        if found is not None and [str(name) for name in found] == [f"Column_{place}" for place in range(len(found))]:
            found = None
    if found is None or (type(estimator).__name__.startswith("LGBM") and all(_is_numbered(name) for name in found)):
        return None
    return tuple(str(name) for name in found)


def _is_numbered(name: Any) -> bool:
    return str(name).startswith("Column_")


def _is_booster(estimator: Any) -> bool:
    return type(estimator).__name__ == "Booster"


def _feature_count(estimator: Any) -> int | None:
    found = getattr(estimator, "n_features_in_", None)
    if found is None and _is_booster(estimator):
        found = estimator.num_feature() if hasattr(estimator, "num_feature") else estimator.num_features()
    return None if found is None else int(found)


def _vector(data: Any, given: tuple[str, ...] | None, values: Any, rows: int) -> Any:
    if values is None:
        return None
    if isinstance(values, str):
        if given is None or values not in given:
            raise CalibrationUnusable(column=values, reason="there is no such column")
        found = column(data, given.index(values))
        values = [found.labels[code] for code in found.codes] if isinstance(found, Coded) else found
    vector = np.asarray(values)
    if vector.shape != (rows,):
        raise CalibrationUnusable(column="*", reason=f"{vector.shape} targets or weights for {rows} rows")
    return vector


def _weights(values: Any) -> Floats | None:
    if values is None:
        return None
    weights = np.asarray(values, dtype=np.float64)
    if not bool(np.isfinite(weights).all() and (weights >= 0).all()):
        raise CalibrationUnusable(column="*", reason="a weight is negative or not finite")
    return weights

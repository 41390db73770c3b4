"""Choose the fixed point and the range of every feature from calibration data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from muniment.exact.card import Feature
from muniment.exact.compiler.calibration import Calibration
from muniment.exact.compiler.ensemble import Ensemble, Floats
from muniment.exact.errors import CalibrationUnusable, FeatureMismatch
from muniment.exact.fixedpoint import label
from muniment.exact.frames import Array, Coded, Column

_DECIMALS_MAX = 9
#: Trees hold features as doubles, and need room for a missing value at either end of a range.
TREES_CAPACITY = 2**53 - 2
DENSE_CAPACITY = 2**31


def declared_features(
    model: Any, rows: Calibration, *, given: Sequence[Feature] | None, decimals: int | Mapping[str, int] | None
) -> tuple[Feature, ...]:
    """Return one feature per column: as given where given, otherwise as the data suggests.

    The number of decimals is the smallest that loses nothing of the calibration data, as far as the number type has
    room. The range is the observed one, widened by its own width on either side (never across zero).

    Raises:
        FeatureMismatch: a declared feature the estimator does not have.
        CalibrationUnusable: a column without numbers, or beyond what the number type can hold.
    """
    known = {feature.name: feature for feature in given or ()}
    if set(known) - set(rows.names):
        raise FeatureMismatch(reason="a declared feature is no column", expected=rows.names, given=tuple(known))
    categories = _categories(model, rows)
    features = []
    for place, (name, values) in enumerate(zip(rows.names, rows.columns, strict=True)):
        wanted = decimals.get(name) if isinstance(decimals, Mapping) else decimals
        if name in known:
            features.append(known[name])
        elif place in categories:
            features.append(_categorical(name, values, categories[place]))
        else:
            features.append(_numeric(model, name, values, wanted))
    return tuple(features)


def _categories(model: Any, rows: Calibration) -> dict[int, tuple[Any, ...] | None]:
    if not isinstance(model, Ensemble):
        return {}
    if not model.frame_labels:
        return dict(model.categories)
    places = [place for place, values in enumerate(rows.columns) if isinstance(values, Coded)]
    if len(places) != len(model.frame_labels):
        names = tuple(rows.names[place] for place in places)
        expected = tuple(str(values[:5]) for values in model.frame_labels)
        raise FeatureMismatch(reason="categorical columns differ from training", expected=expected, given=names)
    return dict(zip(places, model.frame_labels, strict=True))


def _categorical(name: str, values: Column, labels: tuple[Any, ...] | None) -> Feature:
    missing = _has_missing(values)
    if labels is None:
        if isinstance(values, Coded) or values.dtype.kind not in "iuf":
            raise CalibrationUnusable(column=name, reason="it was trained as whole-number codes, and has other values")
        present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        if present.size == 0 or present.min() < 0 or bool((present != np.floor(present)).any()):
            raise CalibrationUnusable(column=name, reason="category codes are whole numbers from 0")
        labels = tuple(range(int(present.max()) + 1))
    names = tuple(label(value) for value in labels)
    return Feature(name, maximum=len(names) - 1, nullable=missing, categories=names)


def _has_missing(values: Column) -> bool:
    if isinstance(values, Coded):
        return bool((values.codes < 0).any())
    if values.dtype.kind == "f":
        return bool(np.isnan(values).any())
    return values.dtype.kind == "O" and any(value is None or value != value for value in values.tolist())


def numbers(name: str, values: Column) -> Array:
    """Return a column as numbers, NaN where missing.

    Raises:
        CalibrationUnusable: it holds something else.
    """
    if isinstance(values, Coded):
        raise CalibrationUnusable(column=name, reason="it is categorical, and the model does not split on categories")
    if values.dtype.kind in "iufb":
        return values
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as err:
        raise CalibrationUnusable(column=name, reason=f"it is not numeric ({err})") from None


def _numeric(model: Any, name: str, values: Column, wanted: int | None) -> Feature:
    found = numbers(name, values)
    single = found.dtype == np.float32
    finite = found.astype(np.float64)
    missing = bool(np.isnan(finite).any())
    finite = finite[~np.isnan(finite)]
    if finite.size == 0 or not bool(np.isfinite(finite).all()):
        raise CalibrationUnusable(column=name, reason="it has no values, or infinite ones")
    if missing and not (isinstance(model, Ensemble) and model.takes_missing):
        raise CalibrationUnusable(column=name, reason="it has missing values, and the estimator takes none")
    low, high = float(finite.min()), float(finite.max())
    if (low, high) != (0, 0) and set(np.unique(finite).tolist()) <= {0.0, 1.0}:
        return Feature(name, maximum=1, nullable=missing)
    capacity = TREES_CAPACITY if isinstance(model, Ensemble) else DENSE_CAPACITY
    digits = _decimals(finite, single, capacity) if wanted is None else wanted
    minimum, maximum = _range(low, high, digits, capacity)
    if not minimum <= round(low * 10**digits) <= round(high * 10**digits) <= maximum:
        reason = f"its values reach {max(abs(low), abs(high)):g}, an integer here goes to {capacity}: use a larger unit"
        raise CalibrationUnusable(column=name, reason=reason)
    return Feature(name, decimals=digits, minimum=minimum, maximum=maximum, nullable=missing)


def _decimals(values: Floats, single: bool, capacity: int) -> int:
    """Return the fewest decimals that lose nothing, or else as many as leave room for the widened range."""
    reach = float(np.abs(values).max())
    wide = max(abs(bound) for bound in _widened(float(values.min()), float(values.max())))
    room = [digits for digits in range(_DECIMALS_MAX + 1) if wide * 10**digits <= capacity]
    for digits in range(_DECIMALS_MAX + 1):
        if reach * 10**digits > capacity:
            break
        back = np.rint(values * 10.0**digits) / 10.0**digits
        if bool((back.astype(np.float32) == values.astype(np.float32) if single else back == values).all()):
            return digits
    return room[-1] if room else 0


def _widened(low: float, high: float) -> tuple[float, float]:
    width = (high - low) or max(abs(high), 1.0)
    return (max(0.0, low - width) if low >= 0 else low - width), (min(0.0, high + width) if high <= 0 else high + width)


def _range(low: float, high: float, digits: int, capacity: int) -> tuple[int, int]:
    least, greatest = _widened(low, high)
    if least == greatest:
        greatest = least + 1
    return max(-capacity, round(least * 10**digits)), min(capacity, round(greatest * 10**digits))

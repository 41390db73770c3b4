"""From the values people have to the fixed-point integers a model takes. Exact, rounding half to even."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from muniment.core.errors import Rejected
from muniment.exact.card import MISSING, Card, Feature
from muniment.exact.errors import (
    CategoryUnknown,
    ColumnMissing,
    ColumnUnknown,
    InputsWrongLength,
    ValueMissing,
    ValueWrongType,
)
from muniment.exact.frames import Array, Coded, Column, column, column_names, is_frame, is_missing
from muniment.exact.inputs import out_of_range
from muniment.exact.wire import Int64s

#: Below this a float times a power of ten is off by less than 0.001, so that only near ties need exact arithmetic.
_FLOAT_SAFE = 2.0**40
_TIE_MARGIN = 0.49
_DIGITS_MAX = 40


def quantize(card: Card, row: Mapping[str, Any] | Sequence[Any]) -> tuple[int | None, ...]:
    """Return one row as fixed-point integers, `None` where missing.

    Args:
        card: The model.
        row: Values by feature name, or in the order of the card: int, float, Decimal, Fraction, numpy number; a label
            for a categorical feature; None or NaN for missing. A float stands for exactly its binary value.

    Raises:
        ColumnMissing: a feature is not there (ColumnUnknown: a key that is no feature).
        ValueMissing: missing, where the model has no branch for it.
        ValueOutOfRange: beyond the declared range.
        ValueWrongType: not a number, or not a label.
        CategoryUnknown: a label the model was not trained on.
    """
    if isinstance(row, Mapping):
        check_columns(card, tuple(row))
        return tuple(quantize_value(feature, row[feature.name]) for feature in card.features)
    if len(row) != len(card.features):
        raise InputsWrongLength(expected=len(card.features), given=len(row))
    return tuple(quantize_value(feature, value) for feature, value in zip(card.features, row, strict=True))


def quantize_many(card: Card, frame: Any) -> tuple[Int64s, list[tuple[int, Rejected]]]:
    """Return rows as fixed-point integers, and which rows are refused and why.

    Args:
        card: The model.
        frame: A pandas DataFrame, Arrow table, mapping of arrays, 2-D array in the order of the card, or a
            sequence of rows.

    Returns:
        int64 [rows, features] with `MISSING` where a value is missing, and pairs of row index and refusal in order
        of rows. A refused row holds `MISSING` everywhere and must not be run.

    Raises:
        ColumnMissing: the frame lacks a feature (ColumnUnknown: it has a column that is none).
    """
    if not is_frame(frame):
        return _quantize_rows(card, frame)
    places = _places(card, frame)
    faults: dict[int, Rejected] = {}
    columns = [
        quantize_column(feature, column(frame, place), faults)
        for feature, place in zip(card.features, places, strict=True)
    ]
    table = np.stack(columns, axis=1)
    table[list(faults)] = MISSING
    return table, sorted(faults.items(), key=lambda item: item[0])


def _quantize_rows(card: Card, rows: Sequence[Any]) -> tuple[Int64s, list[tuple[int, Rejected]]]:
    table = np.full((len(rows), len(card.features)), MISSING, dtype=np.int64)
    faults: list[tuple[int, Rejected]] = []
    for index, row in enumerate(rows):
        try:
            table[index] = [MISSING if value is None else value for value in quantize(card, row)]
        except Rejected as fault:
            faults.append((index, fault))
    return table, faults


def _places(card: Card, frame: Any) -> list[int]:
    names = column_names(frame)
    if names is None:
        given = frame.shape[1] if frame.ndim == 2 else 0
        if given != len(card.features):
            raise InputsWrongLength(expected=len(card.features), given=given)
        return list(range(given))
    check_columns(card, names)
    return [names.index(name) for name in card.names]


def check_columns(card: Card, given: tuple[str, ...]) -> None:
    """Refuse column names that are not exactly the features.

    Raises:
        ColumnMissing: a feature is not there.
        ColumnUnknown: a name is no feature, or is there twice.
    """
    names = card.names
    present = set(given)
    for name in names:
        if name not in present:
            raise ColumnMissing(column=name, given=tuple(map(str, given)))
    if len(given) != len(names):
        known = set(names)
        odd = next((name for name in given if name not in known or given.count(name) > 1), given[-1])
        raise ColumnUnknown(column=str(odd), known=names)


def power(feature: Feature) -> int:
    """Return how many fixed-point steps make one unit."""
    return int(10**feature.decimals)


def quantize_value(feature: Feature, value: Any) -> int | None:
    """Return one value as the feature's integer, `None` if missing. Refuses as `quantize` does."""
    if is_missing(value):
        if not feature.nullable:
            raise ValueMissing(feature=feature.name)
        return None
    if feature.categories:
        return _code(feature, value)
    whole = _rounded(feature, value)
    if not feature.minimum <= whole <= feature.maximum:
        raise out_of_range(feature, str(value))
    return whole


def _rounded(feature: Feature, value: Any) -> int:
    if isinstance(value, (bool, np.bool_)):
        if feature.minimum < 0 or feature.maximum > 1:
            raise ValueWrongType(feature=feature.name, value=repr(value), expected="a number, not a truth value")
        return int(value)
    if isinstance(value, (float, np.floating)):
        return _rounded_float(feature, float(value))
    if isinstance(value, (int, np.integer)):
        return int(value) * power(feature)
    if isinstance(value, (Decimal, Fraction)):
        if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > _DIGITS_MAX):
            if value.is_finite() and value.adjusted() < 0:
                return 0
            raise out_of_range(feature, str(value))
        return round(Fraction(value) * power(feature))
    raise ValueWrongType(feature=feature.name, value=repr(value)[:80], expected="a number")


def _rounded_float(feature: Feature, value: float) -> int:
    scaled = value * power(feature)
    if not abs(scaled) < _FLOAT_SAFE:
        if value in (float("inf"), float("-inf")):
            raise out_of_range(feature, str(value))
        return round(Fraction(value) * power(feature))
    near = round(scaled)
    if abs(scaled - near) < _TIE_MARGIN:
        return near
    return round(Fraction(value) * power(feature))


def label(value: Any) -> str:
    """Return the name of a category: text as it is, whole numbers without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _code(feature: Feature, value: Any) -> int:
    if isinstance(value, (str, bool, np.bool_, int, np.integer, float, np.floating)):
        try:
            return feature.categories.index(label(value))
        except ValueError:
            known = feature.categories[:20]
            raise CategoryUnknown(feature=feature.name, value=label(value)[:80], known=known) from None
    raise ValueWrongType(feature=feature.name, value=repr(value)[:80], expected="a category label")


def quantize_column(feature: Feature, values: Column, faults: dict[int, Rejected]) -> Int64s:
    """Return a column as the feature's integers; refused rows are added to `faults` unless already there."""
    whole, doubtful = _bulk(feature, values)
    for index in np.flatnonzero(doubtful).tolist():
        value = _value_at(values, index)
        try:
            exact = quantize_value(feature, value)
            whole[index] = MISSING if exact is None else exact
        except Rejected as fault:
            faults.setdefault(index, fault)
    return whole


def _bulk(feature: Feature, values: Column) -> tuple[Int64s, Array]:
    """Return integers for the plain cases, and which rows need the exact, slow way."""
    if isinstance(values, Coded):
        return _bulk_codes(feature, values)
    if values.dtype.kind == "f" and not feature.categories:
        return _bulk_floats(feature, values.astype(np.float64))
    limit = 2**62 // power(feature)
    if values.dtype.kind in "iu" and not feature.categories:
        small = values.astype(np.int64)
        whole = np.clip(small, -limit, limit) * power(feature)
        sound = (small == values) & (whole >= feature.minimum) & (whole <= feature.maximum) & (abs(small) <= limit)
        return whole, ~sound
    if feature.categories and values.dtype.kind in "OUS":
        return _bulk_labels(feature, values)
    return np.zeros(len(values), dtype=np.int64), np.ones(len(values), dtype=np.bool_)


def _bulk_floats(feature: Feature, values: Array) -> tuple[Int64s, Array]:
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = values * float(power(feature))
        near = np.rint(scaled)
        sound = (np.abs(scaled - near) < _TIE_MARGIN) & (np.abs(scaled) < _FLOAT_SAFE)
        sound &= (near >= feature.minimum) & (near <= feature.maximum)
        whole = np.where(sound, near, 0).astype(np.int64)
    if feature.nullable:
        absent = np.isnan(values)
        whole[absent] = MISSING
        sound |= absent
    return whole, ~sound


def _bulk_codes(feature: Feature, values: Coded) -> tuple[Int64s, Array]:
    places = {name: code for code, name in enumerate(feature.categories)}
    lookup = np.array([places.get(label(name), -1) for name in values.labels] + [-1], dtype=np.int64)
    whole = lookup[values.codes]
    return whole, whole < 0


def _bulk_labels(feature: Feature, values: Array) -> tuple[Int64s, Array]:
    places = {name: code for code, name in enumerate(feature.categories)}
    found = [places.get(value, -1) if type(value) is str else -1 for value in values.tolist()]
    whole = np.array(found, dtype=np.int64)
    return whole, whole < 0


def _value_at(values: Column, index: int) -> Any:
    if isinstance(values, Coded):
        code = int(values.codes[index])
        return None if code < 0 else values.labels[code]
    return values[index]

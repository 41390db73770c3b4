"""Fixed-point inputs held against the declared features: one row, or a batch at once."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from muniment.core.errors import Rejected
from muniment.exact.card import MISSING, Card, Feature, decimal_text
from muniment.exact.errors import InputsWrongLength, ValueMissing, ValueOutOfRange, ValueWrongType
from muniment.exact.wire import Int64s

Inputs = Sequence[int | None]


def check_inputs(card: Card, row: Inputs) -> None:
    """Refuse a row that the model was not proven for.

    Args:
        card: The model.
        row: One integer per feature in its fixed point, `None` where missing (and only `None`: the integer that stands
            for it in arrays is out of range here, or one row would have two forms).

    Raises:
        InputsWrongLength: not one value per feature.
        ValueMissing: missing, and the model has no branch for it.
        ValueOutOfRange: outside the declared range.
        ValueWrongType: not an integer.
    """
    if len(row) != len(card.features):
        raise InputsWrongLength(expected=len(card.features), given=len(row))
    for feature, value in zip(card.features, row, strict=True):
        if value is None:
            if not feature.nullable:
                raise ValueMissing(feature=feature.name)
        elif type(value) is not int:
            raise ValueWrongType(feature=feature.name, value=repr(value)[:80], expected="a fixed-point integer")
        elif not feature.minimum <= value <= feature.maximum:
            raise out_of_range(feature, decimal_text(value, feature.decimals))


def out_of_range(feature: Feature, value: str) -> ValueOutOfRange:
    """Return the refusal of `value`, with the range in the feature's own unit."""
    low, high = (decimal_text(bound, feature.decimals) for bound in (feature.minimum, feature.maximum))
    return ValueOutOfRange(feature=feature.name, value=value, minimum=low, maximum=high)


def as_array(rows: Int64s | Sequence[Inputs], columns: int) -> Int64s:
    """Return rows as int64 [rows, columns], with `MISSING` for `None`. Values are not checked.

    Raises:
        InputsWrongLength: a row of another length.
        TypeError: a value that is not an integer.
        OverflowError: a value beyond 64 bits, or the one that stands for `None` here.
    """
    if isinstance(rows, np.ndarray):
        if rows.dtype.kind not in "iu":
            raise TypeError(f"inputs are fixed-point integers, given {rows.dtype}")
        if rows.ndim != 2 or rows.shape[1] != columns:
            raise InputsWrongLength(expected=columns, given=rows.shape[-1] if rows.ndim == 2 else rows.size)
        return np.ascontiguousarray(rows, dtype=np.int64)
    for row in rows:
        if len(row) != columns:
            raise InputsWrongLength(expected=columns, given=len(row))
    values: Any = chain.from_iterable(rows)
    absent = 0
    try:
        flat = array("q", values)
    except TypeError:
        absent = sum(row.count(None) for row in rows)
        flat = array("q", (MISSING if value is None else value for value in chain.from_iterable(rows)))
    table = np.frombuffer(flat, dtype=np.int64).reshape(len(rows), columns)
    if np.count_nonzero(table == MISSING) != absent:
        raise OverflowError(f"{MISSING} is no input: a missing value is None")
    return table


class Limits(NamedTuple):
    """The declared ranges of all features, as arrays."""

    low: Int64s
    high: Int64s
    nullable: npt.NDArray[np.bool_]


def limits_of(features: tuple[Feature, ...]) -> Limits:
    """Return the declared ranges of `features`."""
    low = np.array([feature.minimum for feature in features], dtype=np.int64)
    high = np.array([feature.maximum for feature in features], dtype=np.int64)
    return Limits(low, high, np.array([feature.nullable for feature in features]))


def faulty_rows(limits: Limits, rows: Int64s) -> Int64s:
    """Return the indices of rows with a value outside its declared range."""
    low, high, nullable = limits
    bad = (rows < low) | (rows > high)
    if nullable.any():
        bad &= ~(nullable & (rows == MISSING))
    found: Int64s = np.flatnonzero(bad.any(axis=1))
    return found


def as_checked_array(card: Card, limits: Limits, rows: Int64s | Sequence[Inputs]) -> Int64s:
    """Return rows as int64 [rows, features], refusing the first that the model was not proven for.

    Raises:
        Rejected: as `check_inputs` does.
    """
    try:
        table = as_array(rows, len(card.features))
    except (TypeError, OverflowError):
        for row in rows:
            check_inputs(card, row)
        raise
    faulty = faulty_rows(limits, table)
    if faulty.size:
        check_inputs(card, [None if value == MISSING else value for value in table[faulty[0]].tolist()])
    return table


def sound_rows(card: Card, rows: Sequence[Inputs]) -> list[Rejected | None]:
    """Return for each row why it is refused, or `None`."""
    return [_fault(card, row) for row in rows]


def _fault(card: Card, row: Inputs) -> Rejected | None:
    try:
        check_inputs(card, row)
    except Rejected as fault:
        return fault
    return None

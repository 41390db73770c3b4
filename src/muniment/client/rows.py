"""Rows and frames as people have them, brought into a form whose columns have names, before anything is computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from muniment.core.errors import Rejected
from muniment.exact.fixedpoint import quantize, quantize_many
from muniment.exact.frames import is_frame

if TYPE_CHECKING:
    from muniment.exact import Card
    from muniment.exact.wire import Int64s

_TEXT = (str, bytes, bytearray, memoryview)


class RowUnreadable(Rejected, code=72):
    """Something that is not one row of values."""

    given: str
    text = "{given} is not a row"
    fix = "give values by column (a dict, a Series, a named tuple), or in the order of the model's card"


class FrameUnreadable(Rejected, code=76):
    """Something that is not a table of rows."""

    given: str
    reason: str
    text = "{given} is not a frame: {reason}"
    fix = "give a DataFrame, an Arrow table, a mapping of columns of one length, a 2-D array or an iterable of rows"


def inputs_of(card: Card, row: Any) -> tuple[int | None, ...]:
    """Return one row as the model's fixed-point integers.

    Raises:
        RowUnreadable: it is no row.
        Rejected: as `exact.quantize` says.
    """
    return quantize(card, read_row(row))


def table_of(card: Card, frame: Any) -> tuple[Int64s, dict[int, Exception]]:
    """Return all rows as the model's fixed-point integers, and why rows are refused, by their number.

    Raises:
        FrameUnreadable: it is no table.
        ColumnMissing, ColumnUnknown: its columns are not the features.
    """
    if isinstance(frame, Mapping):
        _check_columns(frame)
    if is_frame(frame) and not _is_series(frame):
        table, faults = quantize_many(card, frame)
        return table, dict(faults)
    if isinstance(frame, _TEXT) or _is_series(frame) or not isinstance(frame, Iterable):
        raise FrameUnreadable(given=_kind(frame), reason="`decide` takes one row, `decide_many` a table")
    rows, unreadable = [], {}
    for number, row in enumerate(frame):
        try:
            rows.append(read_row(row))
        except RowUnreadable as fault:
            unreadable[number] = fault
            rows.append(())
    table, faults = quantize_many(card, rows)
    return table, {**dict(faults), **unreadable}


def read_row(row: Any) -> Mapping[str, Any] | Sequence[Any]:
    """Return a row by column, or in order if it has no names; names are never dropped.

    Raises:
        RowUnreadable: it is no row.
    """
    if isinstance(row, Mapping):
        return row
    if _is_series(row):
        return _series(row)
    if hasattr(row, "_asdict"):
        return dict(row._asdict())
    if dataclasses.is_dataclass(row) and not isinstance(row, type):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    if isinstance(row, np.void) and row.dtype.names:
        return {name: row[name] for name in row.dtype.names}
    if isinstance(row, np.ndarray) and row.ndim == 1:
        return list(row)
    if isinstance(row, Sequence) and not isinstance(row, _TEXT):
        return row
    raise RowUnreadable(given=_kind(row))


def _is_series(row: Any) -> bool:
    return type(row).__name__ == "Series" and hasattr(row, "to_dict") and hasattr(row, "index")


def _series(row: Any) -> Mapping[str, Any] | Sequence[Any]:
    labels = list(row.index)
    return dict(zip(labels, row, strict=True)) if any(isinstance(label, str) for label in labels) else list(row)


def _check_columns(frame: Mapping[Any, Any]) -> None:
    lengths = set()
    for name, column in frame.items():
        if isinstance(column, _TEXT) or not hasattr(column, "__len__"):
            reason = f"column {str(name)!r} is a single value; `decide` takes one row"
            raise FrameUnreadable(given=_kind(frame), reason=reason)
        lengths.add(len(column))
    if len(lengths) > 1:
        raise FrameUnreadable(given=_kind(frame), reason=f"its columns have {min(lengths)} to {max(lengths)} values")


def _kind(given: object) -> str:
    return f"a {type(given).__name__}" if given is not None else "nothing"

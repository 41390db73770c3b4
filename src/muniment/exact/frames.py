"""Columns out of whatever people keep tables in: pandas, Arrow, numpy, a mapping of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Coded:
    """A categorical column: codes into labels, -1 where missing."""

    codes: npt.NDArray[np.int64]
    labels: tuple[Any, ...]


Column = Array | Coded


def is_frame(data: Any) -> bool:
    """Whether `data` has columns (with or without names)."""
    return isinstance(data, (np.ndarray, Mapping)) or hasattr(data, "column_names") or hasattr(data, "columns")


def column_names(frame: Any) -> tuple[str, ...] | None:
    """Return the names of the columns, `None` for an array without names."""
    if isinstance(frame, np.ndarray):
        return None
    if isinstance(frame, Mapping):
        return tuple(str(name) for name in frame)
    names = frame.column_names if hasattr(frame, "column_names") else frame.columns
    return tuple(str(name) for name in names)


def column(frame: Any, index: int) -> Column:
    """Return the column at position `index`: numbers, booleans, objects, or codes."""
    if isinstance(frame, np.ndarray):
        return np.asarray(frame[:, index])
    if isinstance(frame, Mapping):
        return np.asarray(list(frame.values())[index])
    if hasattr(frame, "column_names"):
        return _arrow_column(frame.column(index))
    return _series_column(frame.iloc[:, index] if hasattr(frame, "iloc") else frame[frame.columns[index]])


def row_count(frame: Any) -> int:
    """Return the number of rows."""
    if isinstance(frame, Mapping):
        return max((len(values) for values in frame.values()), default=0)
    return int(frame.num_rows) if hasattr(frame, "num_rows") else len(frame)


def _arrow_column(chunked: Any) -> Column:
    kind = str(chunked.type)
    if kind.startswith(("int", "uint", "float", "double", "half")):
        return np.asarray(chunked.to_numpy())
    if kind == "bool" and chunked.null_count == 0:
        return np.asarray(chunked.to_pylist(), dtype=np.bool_)
    return _objects(chunked.to_pylist())


def _series_column(series: Any) -> Column:
    dtype = series.dtype
    if hasattr(dtype, "categories") and hasattr(series, "cat"):
        return Coded(np.asarray(series.cat.codes, dtype=np.int64), tuple(dtype.categories))
    if isinstance(dtype, np.dtype):
        return np.asarray(series.to_numpy())
    if getattr(dtype, "kind", "O") in "iuf" and hasattr(series, "isna"):
        if series.isna().any():
            return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
        return np.asarray(series.to_numpy(dtype=dtype.numpy_dtype))
    values = np.asarray(series.to_numpy())
    return values if values.dtype.kind in "iufb" else _objects(values.tolist())


def _objects(values: list[Any]) -> Array:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def is_missing(value: object) -> bool:
    """Whether `value` stands for nothing: None, NaN, pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(value != value)

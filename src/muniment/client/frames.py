"""Rows of pandas and Arrow tables. Neither library is imported unless such a table is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from muniment.client.columns import ColumnReader, check_names, columns_of, encode_rows
from muniment.client.dataset_errors import ColumnNotSupported
from muniment.core.rows import Column, ColumnKind, Value

_NAT: Final = -(1 << 63)
_NANOSECONDS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
#: NumPy kinds of pandas columns whose values are plain.
_NUMPY_KINDS: Final[dict[str, ColumnKind]] = {"b": "bool", "i": "int", "u": "int", "f": "float"}

Plain = Callable[[Any, int], list[Value]]


class FrameRows:
    """Rows of a pandas DataFrame; its index is not part of them.

    Args:
        frame: Columns with distinct string names.
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._readers = [ColumnReader(name) for name in check_names(list(frame.columns))]
        self._plain = [_of_series(frame.iloc[:, at], reader) for at, reader in enumerate(self._readers)]

    @property
    def columns(self) -> tuple[Column, ...]:
        """What was read so far."""
        return columns_of(self._readers)

    def encode(self, start: int, stop: int) -> list[bytes]:
        """Return the bytes of rows `start` to `stop - 1`."""
        part = self._frame.iloc[start:stop]
        return encode_rows([plain(part.iloc[:, at], start) for at, plain in enumerate(self._plain)])


class ArrowRows:
    """Rows of an Arrow table, or of whatever exports an Arrow stream.

    Args:
        schema: Its Arrow schema.
    """

    def __init__(self, schema: Any) -> None:
        self._readers = [ColumnReader(name) for name in check_names(schema.names)]
        self._plain = [_of_arrow(field.type, reader) for field, reader in zip(schema, self._readers, strict=True)]

    @property
    def columns(self) -> tuple[Column, ...]:
        """What was read so far."""
        return columns_of(self._readers)

    def encode(self, part: Any, first_row: int) -> list[bytes]:
        """Return the bytes of the rows of a part of the table, a table or record batch."""
        if not part.num_rows:
            return []
        return encode_rows([plain(part.column(at), first_row) for at, plain in enumerate(self._plain)])

    def stream(self, batches: Iterable[Any]) -> Iterator[list[bytes]]:
        """Yield the bytes of all rows of a stream of record batches, batch by batch."""
        row = 0
        for batch in batches:
            yield self.encode(batch, row)
            row += batch.num_rows


def _of_series(series: Any, reader: ColumnReader) -> Plain:
    arrow = getattr(series.dtype, "pyarrow_dtype", None)
    if arrow is not None:
        inner = _of_arrow(arrow, reader)
        return lambda part, row: inner(part.array.__arrow_array__(), row)
    kind = series.dtype.kind
    if kind in _NUMPY_KINDS and getattr(series.dtype, "itemsize", 0) <= 8:
        reader.kind = _NUMPY_KINDS[kind]
        return lambda part, row: reader.plain(_objects(part), row)
    if kind == "M":
        reader.kind = "instant" if getattr(series.dtype, "tz", None) is not None else "datetime"
        return lambda part, _row: _nanoseconds(part, reader)
    if kind in "OUS":
        return lambda part, row: reader.plain(_objects(part), row)
    raise ColumnNotSupported(column=reader.name, given=f"of type {series.dtype}")


def _objects(part: Any) -> list[Any]:
    values: list[Any] = part.tolist() if not part.hasnans else part.astype(object).where(part.notna(), None).tolist()
    return values


def _nanoseconds(part: Any, reader: ColumnReader) -> list[Value]:
    try:
        in_ns = part.dt.as_unit("ns")
    except (ValueError, OverflowError) as err:
        raise ColumnNotSupported(column=reader.name, given=f"beyond what nanoseconds in 64 bits hold: {err}") from None
    values = in_ns.to_numpy(dtype="datetime64[ns]").astype("int64").tolist()
    return [None if value == _NAT else value for value in values]


def _of_arrow(kind: Any, reader: ColumnReader) -> Plain:
    import pyarrow as pa

    types = pa.types
    if types.is_timestamp(kind):
        reader.kind = "instant" if kind.tz is not None else "datetime"
        factor = _NANOSECONDS[kind.unit]
        return lambda part, row: _times(part, row, reader=reader, factor=factor)
    if types.is_dictionary(kind):
        inner = _of_arrow(kind.value_type, reader)
        return lambda part, row: inner(part.cast(kind.value_type), row)
    reader.kind = _arrow_kind(types, kind, reader.name)
    return lambda part, row: reader.plain(_python_values(part), row)


def _arrow_kind(types: Any, kind: Any, name: str) -> ColumnKind:
    tests: tuple[tuple[str, ColumnKind], ...] = (
        ("is_null", "null"),
        ("is_boolean", "bool"),
        ("is_integer", "int"),
        ("is_floating", "float"),
        ("is_string", "str"),
        ("is_large_string", "str"),
        ("is_string_view", "str"),
        ("is_binary", "bytes"),
        ("is_large_binary", "bytes"),
        ("is_binary_view", "bytes"),
        ("is_fixed_size_binary", "bytes"),
        ("is_date", "date"),
    )
    for test, found in tests:
        if getattr(types, test)(kind):
            return found
    raise ColumnNotSupported(column=name, given=f"of type {kind}")


def _python_values(part: Any) -> list[Any]:
    import pyarrow as pa

    is_number = pa.types.is_integer(part.type) or pa.types.is_floating(part.type)
    quick = is_number and part.null_count == 0
    values: list[Any] = part.to_numpy(zero_copy_only=False).tolist() if quick else part.to_pylist()
    return values


def _times(part: Any, row: int, *, reader: ColumnReader, factor: int) -> list[Value]:
    import pyarrow as pa

    counts = part.cast(pa.int64()).to_pylist()
    values = [None if count is None else count * factor for count in counts]
    least, most = -(1 << 63), (1 << 63) - 1
    for number, value in enumerate(values, row):
        if value is not None and not least <= value <= most:
            raise ColumnNotSupported(column=reader.name, given=f"in row {number} beyond nanoseconds in 64 bits")
    return values

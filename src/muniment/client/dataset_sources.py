"""Tell what was given as a data set, and read its rows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from muniment.client.columns import MappingRows
from muniment.client.dataset_errors import DatasetEmpty, RowNotSupported, SourceNotSupported
from muniment.client.frames import ArrowRows, FrameRows
from muniment.client.row_sources import CHUNK_ROWS, Indexed, Lines, RowSource, Streamed
from muniment.core.rows import Column

_BYTES = {bytes}


class Table(Protocol):
    """Rows with columns."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What was read so far."""


class Opened(NamedTuple):
    """Rows, and the table they come from if they have columns."""

    rows: RowSource
    table: Table | None


def opened(source: Any, *, keep: bool) -> Opened:
    """Return the rows of whatever was given.

    Args:
        source: See `Dataset.of`.
        keep: Hold rows that can be read only once.

    Raises:
        SourceNotSupported, DatasetEmpty, ColumnNotSupported: it has no rows with one byte form.
    """
    if isinstance(source, Path):
        return Opened(Lines(source), None)
    if isinstance(source, str | bytes | bytearray | memoryview | Mapping):
        raise SourceNotSupported(given=f"single {type(source).__name__}")
    if (pandas := sys.modules.get("pandas")) is not None and isinstance(source, pandas.DataFrame):
        frame = FrameRows(source)
        return Opened(Indexed(len(source), frame.encode), frame)
    if (arrow := sys.modules.get("pyarrow")) is not None and isinstance(source, arrow.Table | arrow.RecordBatch):
        return _arrow_table(source)
    if hasattr(source, "__arrow_c_stream__"):
        return _arrow_stream(source, keep=keep)
    if isinstance(source, list | tuple):
        return _sequence(source)
    if isinstance(source, Iterable) and type(source).__module__.partition(".")[0] not in ("numpy", "pandas"):
        return _iterator(iter(source), keep=keep)
    raise SourceNotSupported(given=type(source).__name__)


def _arrow_table(table: Any) -> Opened:
    rows = ArrowRows(table.schema)

    def read(start: int, stop: int) -> list[bytes]:
        return rows.encode(table.slice(start, stop - start), start)

    return Opened(Indexed(table.num_rows, read), rows)


def _arrow_stream(source: Any, *, keep: bool) -> Opened:
    import pyarrow

    try:
        reader = pyarrow.RecordBatchReader.from_stream(source)
    except pyarrow.ArrowInvalid:
        raise SourceNotSupported(given=f"{type(source).__name__} without columns") from None
    rows = ArrowRows(reader.schema)
    return Opened(Streamed(rows.stream(reader), keep=keep), rows)


def _sequence(source: list[Any] | tuple[Any, ...]) -> Opened:
    if source and isinstance(source[0], Mapping):
        table = MappingRows()
        return Opened(Indexed(len(source), lambda start, stop: table.encode(source[start:stop], start)), table)
    return Opened(Indexed(len(source), lambda start, stop: _plain_rows(source[start:stop], start)), None)


def _iterator(source: Iterator[Any], *, keep: bool) -> Opened:
    beginning = list(islice(source, 1))
    if not beginning:
        raise DatasetEmpty
    whole = chain(beginning, source)
    if isinstance(beginning[0], Mapping):
        table = MappingRows()
        return Opened(Streamed(_in_parts(whole, table.encode), keep=keep), table)
    return Opened(Streamed(_in_parts(whole, _plain_rows), keep=keep), None)


def _in_parts(rows: Iterator[Any], encode: Callable[[list[Any], int], list[bytes]]) -> Iterator[list[bytes]]:
    first_row = 0
    while part := list(islice(rows, CHUNK_ROWS)):
        yield encode(part, first_row)
        first_row += len(part)


def _plain_rows(rows: Sequence[Any], first_row: int) -> list[bytes]:
    if set(map(type, rows)) == _BYTES:
        return list(rows)
    for number, row in enumerate(rows, first_row):
        if not isinstance(row, bytes | bytearray | memoryview):
            raise RowNotSupported(row=number, given=f"a {type(row).__name__}", expected="bytes")
    return [bytes(row) for row in rows]

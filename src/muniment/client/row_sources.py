"""Where the bytes of rows come from, in chunks of a fixed size that can be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

from muniment.client.dataset_errors import RowsNotKept, SourceNotSupported

#: Rows hashed at once; a power of two, so that the root of a chunk is a node of the tree.
CHUNK_ROWS = 1 << 14


class RowSource(Protocol):
    """Rows as bytes."""

    def chunks(self) -> Iterator[list[bytes]]:
        """Yield all rows, `CHUNK_ROWS` at a time (fewer at the end only)."""

    def chunk(self, number: int) -> list[bytes]:
        """Return one chunk again.

        Raises:
            RowsNotKept: they cannot be read again.
        """


class Indexed:
    """Rows of something with random access.

    Args:
        length: How many rows.
        read: `read(start, stop)` returns the bytes of those rows.
    """

    def __init__(self, length: int, read: Callable[[int, int], list[bytes]]) -> None:
        self._length = length
        self._read = read

    def chunks(self) -> Iterator[list[bytes]]:
        """Yield all rows, chunk by chunk."""
        for number in range(-(-self._length // CHUNK_ROWS)):
            yield self.chunk(number)

    def chunk(self, number: int) -> list[bytes]:
        """Return one chunk."""
        start = number * CHUNK_ROWS
        return self._read(start, min(start + CHUNK_ROWS, self._length))


class Streamed:
    """Rows that can be read only once.

    Args:
        parts: Their bytes, in lists of any length.
        keep: Hold them in memory, so that they can be proven.
    """

    def __init__(self, parts: Iterable[list[bytes]], *, keep: bool) -> None:
        self._rows = chain.from_iterable(parts)
        self._kept: list[list[bytes]] | None = [] if keep else None

    def chunks(self) -> Iterator[list[bytes]]:
        """Yield all rows, chunk by chunk."""
        while rows := list(islice(self._rows, CHUNK_ROWS)):
            if self._kept is not None:
                self._kept.append(rows)
            yield rows

    def chunk(self, number: int) -> list[bytes]:
        """Return one chunk that was kept."""
        if self._kept is None:
            raise RowsNotKept(row=number * CHUNK_ROWS)
        return self._kept[number]


class Lines:
    """The lines of a file: what stands between line feeds, without them; nothing else is changed.

    Args:
        path: A text file; the bytes after the last line feed are a row if there are any.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix in (".parquet", ".feather", ".arrow", ".gz", ".zip", ".xlsx"):
            raise SourceNotSupported(given=f"file of type {path.suffix}, which has no lines,")
        self._path = path
        self._starts: list[int] = []

    def chunks(self) -> Iterator[list[bytes]]:
        """Yield all lines, chunk by chunk."""
        with self._path.open("rb") as file:
            while True:
                start = file.tell()
                rows = _lines(file)
                if not rows:
                    return
                self._starts.append(start)
                yield rows

    def chunk(self, number: int) -> list[bytes]:
        """Return one chunk again."""
        with self._path.open("rb") as file:
            file.seek(self._starts[number])
            return _lines(file)


def _lines(file: Iterable[bytes]) -> list[bytes]:
    return [line[:-1] if line.endswith(b"\n") else line for line in islice(file, CHUNK_ROWS)]

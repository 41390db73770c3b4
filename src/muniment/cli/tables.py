"""Data files: tables for people who have pandas, lines and JSON for everyone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec

from muniment.cli.errors import DataMalformed, FileUnreadable, LibraryMissing
from muniment.cli.working import tracked, watched

Form = Literal["table", "json", "lines", "chunks"]
#: A file without lines is cut into rows of this size.
CHUNK_BYTES = 65_536

_FORMS: dict[str, Form] = {
    ".csv": "table",
    ".parquet": "table",
    ".jsonl": "json",
    ".ndjson": "json",
    **dict.fromkeys((".txt", ".md", ".log", ".tsv", ".json", ".xml", ".html"), "lines"),
}


def form_of(path: Path) -> Form:
    """Return how a file is cut into rows unless told otherwise: by what its name ends with."""
    return _FORMS.get(path.suffix.lower(), "chunks")


@contextmanager
def rows(path: Path, form: Form) -> Iterator[Any]:
    """Open a file as a source of rows, as `records.anchor` takes it.

    Raises:
        FileUnreadable, LibraryMissing, DataMalformed: as their texts say.
    """
    if form == "table":
        yield frame(path)
        return
    with _read(path) as file:
        yield {"json": _objects, "lines": _lines, "chunks": _chunks}[form](path, file)


def frame(path: Path) -> Any:
    """Return a CSV or Parquet file as a DataFrame or an Arrow table.

    Raises:
        FileUnreadable, LibraryMissing, DataMalformed: as their texts say.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet(path)
    try:
        import pandas as pd
    except ImportError:
        raise LibraryMissing(library="pandas", task="reading a table", extra="train") from None
    with _read(path) as file:
        try:
            return pd.read_csv(file)
        except (ValueError, UnicodeDecodeError) as error:
            raise DataMalformed(path=str(path), reason=str(error).strip()) from None


def _parquet(path: Path) -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise LibraryMissing(library="pyarrow", task="reading a Parquet file", extra="arrow") from None
    try:
        return parquet.read_table(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileUnreadable(path=str(path), reason=reason) from None
    except (pyarrow.ArrowInvalid, ValueError) as error:
        raise DataMalformed(path=str(path), reason=str(error)) from None


@contextmanager
def _read(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            length = path.stat().st_size
            with tracked(f"reading {path.name}", total=length, in_bytes=True) as advance:
                yield watched(file, advance)
    except OSError as error:
        if error.filename is None or str(error.filename) != str(path):
            raise
        raise FileUnreadable(path=str(path), reason=error.strerror or "unreadable") from None


def _objects(path: Path, file: BinaryIO) -> Iterator[Any]:
    return objects(path, file, msgspec.json.decode)


def objects(path: Path, file: BinaryIO, decode: Callable[[bytes], Any]) -> Iterator[Any]:
    """Yield the JSON objects of a file that has one on each line; empty lines are passed over."""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            found = decode(line)
        except (msgspec.MsgspecError, ValueError, UnicodeDecodeError, RecursionError) as error:
            raise DataMalformed(path=str(path), reason=f"line {number} is not JSON ({error})") from None
        if not isinstance(found, dict):
            raise DataMalformed(path=str(path), reason=f"line {number} is not a JSON object")
        yield found


def _lines(_path: Path, file: BinaryIO) -> Iterator[bytes]:
    for line in file:
        yield line[:-1] if line.endswith(b"\n") else line


def _chunks(_path: Path, file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk

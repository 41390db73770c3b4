"""Rows for a system to decide about, from the command line or a file; no library beyond numpy is needed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muniment.cli import files, tables
from muniment.cli.errors import DataMalformed, OptionMalformed

if TYPE_CHECKING:
    from muniment.exact import Card

#: What an empty cell may also be written as where a number is wanted.
_NOTHING = frozenset(("", "NA", "NaN", "nan", "null", "None"))


def one_row(text: str) -> dict[str, Any]:
    """Return the row given as a JSON object; numbers stand for exactly what was typed.

    Raises:
        OptionMalformed: it is no JSON object.
    """
    expected = """a JSON object, for example --row '{"amount": 19.99, "country": "AT"}'"""
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise OptionMalformed(option="--row", given=text[:80], expected=expected) from None
    if not isinstance(found, dict):
        raise OptionMalformed(option="--row", given=text[:80], expected=expected)
    return found


def many_rows(path: Path, card: Card, *, drop: Sequence[str] = ()) -> Any:
    """Return the rows of a .csv, .jsonl or .parquet file as `exact.quantize_many` takes them.

    Args:
        path: The file.
        card: The model they are for: tells which columns are numbers.
        drop: Columns to leave out.

    Raises:
        FileUnreadable, DataMalformed, LibraryMissing: as their texts say.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        table = tables.frame(path)
        return table.drop([name for name in drop if name in table.column_names])
    if suffix in (".jsonl", ".ndjson"):
        decode = json.JSONDecoder(parse_float=Decimal).decode
        file = io.BytesIO(files.read(path))
        found = tables.objects(path, file, lambda line: decode(line.decode().strip()))
        return [{name: value for name, value in row.items() if name not in drop} for row in found]
    return _from_csv(path, card, drop)


def _from_csv(path: Path, card: Card, drop: Sequence[str]) -> dict[str, Any]:
    try:
        lines = csv.reader(io.StringIO(files.read(path).decode("utf-8-sig"), newline=""), strict=True)
        header, *rows = [row for row in lines if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataMalformed(path=str(path), reason=str(error)) from None
    except ValueError:
        raise DataMalformed(
            path=str(path), reason="it is empty; a CSV file starts with a line of column names"
        ) from None
    if len(set(header)) < len(header):
        raise DataMalformed(path=str(path), reason="two columns have the same name")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            reason = f"line {number} has {len(row)} cells, the first line has {len(header)}"
            raise DataMalformed(path=str(path), reason=reason)
    if not rows:
        raise DataMalformed(path=str(path), reason="it has column names, but no rows")
    labels = {feature.name for feature in card.features if feature.categories}
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    return {name: _column(cells, name in labels) for name, cells in columns.items() if name not in drop}


def _column(cells: Sequence[str], is_label: bool) -> Any:
    """Return floats, or labels, or where a cell is no number a mixture that the model will refuse by row."""
    import numpy as np

    if not is_label:
        try:
            return np.array([float("nan") if cell.strip() in _NOTHING else float(cell) for cell in cells])
        except ValueError:
            pass
    found = np.empty(len(cells), dtype=object)
    found[:] = [_cell(cell, is_label) for cell in cells]
    return found


def _cell(cell: str, is_label: bool) -> Any:
    if is_label:
        # "NA" may be a label, of Namibia for one: only an empty cell is surely missing.
        return cell or None
    if cell.strip() in _NOTHING:
        return None
    try:
        return float(cell)
    except ValueError:
        return cell

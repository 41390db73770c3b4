"""Why a data set cannot be turned into rows. Codes 250 to 269."""

from __future__ import annotations

from muniment.core.errors import Rejected


class DatasetEmpty(Rejected, code=250):
    """There is nothing to anchor."""

    text = "the data set has no rows"
    fix = "check the filter or the file it came from"


class SourceNotSupported(Rejected, code=251):
    """The data are of a kind that has no rows with one byte form."""

    given: str
    text = "a {given} is not a data set"
    fix = "give a DataFrame, an Arrow table, an iterable of bytes or of dicts, or a pathlib.Path of a text file"


class RowNotSupported(Rejected, code=252):
    """A row is of another kind than the data set takes."""

    row: int
    given: str
    expected: str
    text = "row {row} is {given}, not {expected}"
    fix = "make all rows bytes, or all rows dicts with the same keys"


class ColumnsDiffer(Rejected, code=253):
    """A row has other columns than the first one."""

    row: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    text = "row {row} lacks the columns {missing} and has the unknown columns {unknown}"
    fix = "give every row the columns of the first one; use None where a value is missing"


class ColumnNotSupported(Rejected, code=254):
    """A column has a name or a type without one byte form."""

    column: str
    given: str
    text = "column {column!r} is {given}"
    fix = "rename it, or convert it: integers (unit in the name), floats, strings, booleans, bytes, dates, timestamps"


class ValueNotSupported(Rejected, code=255):
    """A value does not fit its column."""

    row: int
    column: str
    given: str
    expected: str
    text = "row {row}, column {column!r}: {given}, not {expected}"
    fix = "convert the column to one type before anchoring it"


class RowsChanged(Rejected, code=256):
    """The data are no longer those that were hashed."""

    first: int
    last: int
    text = "rows {first} to {last} are not what they were when the data set was hashed"
    fix = "give the original data: a proof of changed data would be worthless"


class RowsNotKept(Rejected, code=257):
    """Proving a row takes the rows, which were not kept."""

    row: int
    text = "row {row} cannot be proven: the rows were not kept"
    fix = "build the data set again from the rows, with the same secret and keep_proofs=True"


class RowOutOfRange(Rejected, code=258):
    """There is no such row."""

    row: int
    rows: int
    text = "there is no row {row}: the data set has {rows} rows, counted from 0"
    fix = "choose a row in that range"


class SecretMalformed(Rejected, code=259):
    """The master secret of the salts has the wrong length."""

    size_bytes: int
    text = "the secret of a data set has 32 bytes, not {size_bytes}"
    fix = "use the secret that was kept when the data set was anchored, or leave it out for a new one"

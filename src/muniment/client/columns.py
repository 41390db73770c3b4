"""Columns of Python values, checked and turned into the one byte form of rows (`docs/records.md`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from muniment.client.dataset_errors import ColumnNotSupported, ColumnsDiffer, RowNotSupported, ValueNotSupported
from muniment.client.row_values import PLAIN_KINDS, plain_value, shown
from muniment.core.codec import encode
from muniment.core.rows import Column, ColumnKind, Value

MAX_COLUMNS = 4096
_NONE = type(None)


def _holds_no_nan(values: list[float]) -> bool:
    total = sum(values)  # NaN if a term is
    return total == total


def _fits_64_bits(values: list[int]) -> bool:
    return min(values) >= -(1 << 63) and max(values) < 1 << 64


def _is_utf8(values: list[str]) -> bool:
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True


def _always(_values: list[Any]) -> bool:
    return True


# Whether values, all of the plain type of that kind, can be encoded as they are: decided at the speed of C.
_IS_PLAIN: Final[dict[ColumnKind, Callable[[list[Any]], bool]]] = {
    "bool": _always,
    "int": _fits_64_bits,
    "float": _holds_no_nan,
    "str": _is_utf8,
    "bytes": _always,
}


class ColumnReader:
    """One column: what it holds shows at its first value, and must not change.

    Args:
        name: Its name.
        kind: "null" until a value is seen, unless it is known beforehand.
    """

    def __init__(self, name: str, kind: ColumnKind = "null") -> None:
        self.name = name
        self.kind: ColumnKind = kind

    def plain(self, values: list[Any], first_row: int) -> list[Value]:
        """Return the values as they are encoded: None for a missing one and for NaN.

        Args:
            values: Of consecutive rows.
            first_row: Number of the first one, for messages.

        Raises:
            ValueNotSupported, ColumnNotSupported: a value has no byte form, or is of another kind.
        """
        kinds = set(map(type, values))
        missing = _NONE in kinds
        kinds.discard(_NONE)
        if len(kinds) == 1:
            (only,) = kinds
            kind = PLAIN_KINDS.get(only)
            if kind and self.kind in ("null", kind):
                present = [value for value in values if value is not None] if missing else values
                if _IS_PLAIN[kind](present):
                    self.kind = kind
                    return values
        return [self._value(value, row) for row, value in enumerate(values, first_row)]

    def _value(self, value: Any, row: int) -> Value:
        if value is None:
            return None
        refuse = partial(self._refusal, row)
        kind, plain = plain_value(value, refuse)
        if plain is None:
            return None
        if self.kind == "null":
            self.kind = kind
        elif kind != self.kind:
            raise refuse(f"{shown(value)} is of kind {kind}", self.kind)
        return plain

    def _refusal(self, row: int, given: str, expected: str) -> ValueNotSupported:
        return ValueNotSupported(row=row, column=self.name, given=given, expected=expected)


class MappingRows:
    """Rows given as dicts; the first one names the columns and their order."""

    def __init__(self) -> None:
        self._readers: list[ColumnReader] = []

    @property
    def columns(self) -> tuple[Column, ...]:
        """What was read so far."""
        return columns_of(self._readers)

    def encode(self, rows: Sequence[Any], first_row: int) -> list[bytes]:
        """Return the bytes of consecutive rows."""
        for number, row in enumerate(rows, first_row):
            if not isinstance(row, Mapping):
                raise RowNotSupported(row=number, given=f"a {type(row).__name__}", expected="a dict")
        if not self._readers:
            self._readers = [ColumnReader(name) for name in check_names(list(rows[0]))]
        width = len(self._readers)
        for number, row in enumerate(rows, first_row):
            if len(row) != width:
                self._differ(number, row)
        try:
            values = [[row[reader.name] for row in rows] for reader in self._readers]
        except KeyError:
            for number, row in enumerate(rows, first_row):
                self._differ(number, row)
            raise
        return encode_rows([r.plain(v, first_row) for r, v in zip(self._readers, values, strict=True)])

    def _differ(self, number: int, row: Mapping[Any, Any]) -> None:
        names = {reader.name for reader in self._readers}
        missing = tuple(sorted(names - row.keys()))
        unknown = tuple(sorted(map(str, row.keys() - names)))
        if missing or unknown:
            raise ColumnsDiffer(row=number, missing=missing, unknown=unknown)


def encode_rows(columns: list[list[Value]]) -> list[bytes]:
    """Return the bytes of rows given column by column."""
    return list(map(encode, zip(*columns, strict=True)))


def columns_of(readers: Sequence[ColumnReader]) -> tuple[Column, ...]:
    """Return names and kinds."""
    return tuple(Column(reader.name, reader.kind) for reader in readers)


def check_names(names: Sequence[Any]) -> list[str]:
    """Return the names of columns if they are distinct strings, 1 to 4096 of them."""
    if not 1 <= len(names) <= MAX_COLUMNS:
        raise ColumnNotSupported(column="", given=f"one of {len(names)}; 1 to {MAX_COLUMNS} are allowed")
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str):
            raise ColumnNotSupported(column=str(name), given=f"named by a {type(name).__name__}, not a string")
        if name in seen:
            raise ColumnNotSupported(column=name, given="there twice")
        seen.add(name)
    return list(names)

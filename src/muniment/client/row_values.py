"""One value of a row: what kind it is, and the plain value that stands for it (`docs/records.md`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from muniment.client.dataset_errors import ValueNotSupported
from muniment.core.rows import ColumnKind, Value

#: Makes the rejection of a value: what was given, what was expected.
Refuse = Callable[[str, str], ValueNotSupported]

PLAIN_KINDS: Final[dict[type, ColumnKind]] = {bool: "bool", int: "int", float: "float", str: "str", bytes: "bytes"}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall clock times are compared with a wall clock epoch
_MICROSECOND = timedelta(microseconds=1)


def plain_value(value: Any, refuse: Refuse) -> tuple[ColumnKind, Value]:
    """Return kind and encoded form of one value; None where it says that nothing is there."""
    known = PLAIN_KINDS.get(type(value))
    if known is not None:
        return known, _checked(value, refuse)
    converter = _converter(value)
    if converter is None:
        raise refuse(f"{shown(value)} is a {type(value).__name__}", "a value with one byte form")
    return converter(value, refuse)


def _checked(value: Any, refuse: Refuse) -> Value:
    if type(value) is float:
        return None if value != value else value
    if type(value) is int and not -(1 << 63) <= value < 1 << 64:
        raise refuse(str(value), "an integer of 64 bits")
    if type(value) is str and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise refuse(ascii(value), "text that UTF-8 can hold") from None
    return value  # type: ignore[no-any-return]


def _converter(value: Any) -> Callable[[Any, Refuse], tuple[ColumnKind, Value]] | None:
    name = type(value).__name__
    package = type(value).__module__.partition(".")[0]
    if package == "pandas" and name in ("NAType", "NaTType"):
        return _missing
    if isinstance(value, datetime):
        return _from_datetime
    if isinstance(value, date):
        return _from_date
    if isinstance(value, bytearray | memoryview):
        return _from_buffer
    if package == "numpy" and name not in ("datetime64", "timedelta64", "ndarray"):
        return _from_numpy
    return None


def _missing(_value: Any, _refuse: Refuse) -> tuple[ColumnKind, Value]:
    return "null", None


def _from_datetime(value: Any, refuse: Refuse) -> tuple[ColumnKind, Value]:
    aware = value.tzinfo is not None
    wall = value.astimezone(UTC).replace(tzinfo=None) if aware else value
    # A pandas Timestamp is a datetime with nanoseconds beside it.
    nanoseconds = int(getattr(wall, "nanosecond", 0))
    micro = datetime(  # noqa: DTZ001
        wall.year, wall.month, wall.day, wall.hour, wall.minute, wall.second, wall.microsecond
    )
    moment = (micro - _EPOCH) // _MICROSECOND * 1000 + nanoseconds
    if not -(1 << 63) <= moment < 1 << 63:
        raise refuse(str(value), "a time between the years 1678 and 2262")
    return ("instant" if aware else "datetime"), moment


def _from_date(value: Any, _refuse: Refuse) -> tuple[ColumnKind, Value]:
    return "date", value.isoformat()


def _from_buffer(value: Any, _refuse: Refuse) -> tuple[ColumnKind, Value]:
    return "bytes", bytes(value)


def _from_numpy(value: Any, refuse: Refuse) -> tuple[ColumnKind, Value]:
    plain = value.item()
    if type(plain) not in PLAIN_KINDS:
        raise refuse(f"{shown(value)} is a {type(value).__name__}", "a value with one byte form")
    return plain_value(plain, refuse)


def shown(value: Any) -> str:
    """Return a value for a message, at most 40 characters."""
    text = ascii(value)
    return text if len(text) <= 40 else text[:37] + "..."

"""Where the parts of a MessagePack value stand, also when it is damaged further on."""

from __future__ import annotations

from typing import NamedTuple

#: Bytes that follow the first one of a value of fixed size, by first byte.
_FIXED = {
    0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8,
    0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8, 0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17,
}  # fmt: skip
#: Bytes of the length that follows the first byte: of binary and text, of extensions, of arrays and maps.
_LENGTH = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_EXTENSION = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_COUNT = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
_ARRAYS = {0xDC, 0xDD}


class Span(NamedTuple):
    """Bytes of a value: the first, and the one after the last."""

    start: int
    end: int


class Broken(ValueError):
    """There is no whole value at this place."""


def value_end(data: bytes, at: int) -> int:
    """Return where the value that begins at `at` ends.

    Raises:
        Broken: it does not, within `data`.
    """
    left = 1
    while left:
        if at >= len(data):
            raise Broken
        step, more = _head(data, at)
        at += step
        left += more - 1
    if at > len(data):
        raise Broken
    return at


def elements(data: bytes, at: int = 0) -> list[Span]:
    """Return where the elements of the array at `at` stand, up to the first that is broken."""
    found: list[Span] = []
    try:
        first = data[at]
        if first & 0xF0 != 0x90 and first not in _ARRAYS:
            return found
        step, count = _head(data, at)
        at += step
        for _ in range(count):
            end = value_end(data, at)
            found.append(Span(at, end))
            at = end
    except (Broken, IndexError):
        pass
    return found


def _head(data: bytes, at: int) -> tuple[int, int]:
    """Return how many bytes belong to the value itself, and how many values follow inside it."""
    first = data[at]
    if first < 0x80 or first >= 0xE0:
        return 1, 0
    if first < 0xA0:
        return 1, (first & 15) * (2 if first < 0x90 else 1)
    if first < 0xC0:
        return 1 + (first & 31), 0
    if first in _FIXED:
        return 1 + _FIXED[first], 0
    if first in _LENGTH:
        width = _LENGTH[first]
        return 1 + width + int.from_bytes(data[at + 1 : at + 1 + width], "big"), 0
    if first in _EXTENSION:
        width = _EXTENSION[first]
        return 2 + width + int.from_bytes(data[at + 1 : at + 1 + width], "big"), 0
    if first in _COUNT:
        width, each = _COUNT[first]
        return 1 + width, each * int.from_bytes(data[at + 1 : at + 1 + width], "big")
    raise Broken

"""Protobuf wire format, just enough of it, with one canonical encoding.

ONNX files are protobuf messages, which have many encodings of one content. An artifact is named by its hash, and every
node must agree on what it accepts, so artifacts have exactly one form that does not depend on the version of a protobuf
library: fields in ascending order, shortest varints, repeated numbers packed.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]

VARINT, BYTES = 0, 2
#: Fields in a whole file, of all its messages: some 1,000 operators and their constants have half as many.
FIELDS_MAX = 1 << 15
#: What the field numbers that hostile files use mean in ONNX, for people who read the refusal.
_REFUSED = {
    6: "a documentation text or subgraph",
    10: "a documentation text",
    11: "a list of subgraphs",
    13: "external data or value information",
    14: "external data",
    15: "a sparse constant",
    20: "training information",
    22: "a sparse constant",
    25: "functions",
}


class Malformed(ValueError):
    """Bytes that are not a message of the expected shape."""


def varint(value: int) -> bytes:
    """Return the shortest varint of `value`, a negative one in two's complement of 64 bits."""
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    """Return an integer field."""
    return varint(field << 3 | VARINT) + varint(value)


def data(field: int, value: bytes) -> bytes:
    """Return a length-delimited field: bytes, text in UTF-8, or a message."""
    return varint(field << 3 | BYTES) + varint(len(value)) + value


def text(field: int, value: str) -> bytes:
    """Return a text field."""
    return data(field, value.encode())


class Reader:
    """Takes the messages of one file apart, and counts their fields: no file takes long to refuse.

    Attributes:
        count: Fields read so far, `FIELDS_MAX` at most.
    """

    def __init__(self) -> None:
        self.count = 0

    def fields(self, message: bytes, allowed: dict[int, str]) -> dict[int, list[int | bytes]]:
        """Return the fields of `message` by number, in order of appearance.

        Args:
            message: The bytes of one message.
            allowed: Names of the fields it may have.

        Raises:
            Malformed: broken, a field that is not allowed, or too many in the file.
        """
        found: dict[int, list[int | bytes]] = {}
        position, end = 0, len(message)
        while position < end:
            if self.count == FIELDS_MAX:
                raise Malformed(f"more than {FIELDS_MAX} fields in one file")
            self.count += 1
            key, position = _varint_at(message, position)
            field, kind = key >> 3, key & 7
            if field not in allowed:
                known = ", ".join(allowed.values())
                raise Malformed(f"{_REFUSED.get(field, 'an unknown field')} ({field}) beside {known}")
            value: int | bytes
            value, position = _value_at(message, position, kind)
            found.setdefault(field, []).append(value)
        return found


def _value_at(message: bytes, position: int, kind: int) -> tuple[int | bytes, int]:
    if kind == VARINT:
        return _varint_at(message, position)
    if kind != BYTES:
        raise Malformed(f"wire type {kind} is not allowed")
    size, position = _varint_at(message, position)
    if size > len(message) - position:
        raise Malformed("truncated")
    return message[position : position + size], position + size


def _varint_at(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if position >= len(message):
            raise Malformed("truncated")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value - (1 << 64) if value >> 63 else value) if value < 1 << 64 else _too_long(), position
        shift += 7
        if shift > 63:
            _too_long()


def _too_long() -> int:
    raise Malformed("a number takes more than 64 bits")


def packed(values: Int64s) -> bytes:
    """Return non-negative integers below 2**28 as packed varints."""
    parts = values.astype(np.uint32)
    rows = np.stack([parts >> shift & 0x7F for shift in (0, 7, 14, 21)], axis=1).astype(np.uint8)
    used = 1 + (parts > 0x7F).astype(int) + (parts > 0x3FFF) + (parts > 0x1FFFFF)
    place = np.arange(4)
    rows |= ((place < used[:, None] - 1) * 0x80).astype(np.uint8)
    return rows[place < used[:, None]].tobytes()


def unpacked(body: bytes, *, most: int) -> Int64s:
    """Return the integers of packed varints of at most four bytes each.

    Args:
        body: The varints.
        most: More integers than these are refused.
    """
    raw = np.frombuffer(body, dtype=np.uint8)
    last = raw < 0x80
    if raw.size == 0 or not last[-1]:
        raise Malformed("truncated list of integers")
    if int(np.count_nonzero(last)) > most:
        raise Malformed(f"more than {most} integers in a list")
    ends = np.flatnonzero(last)
    starts = np.concatenate(([0], ends[:-1] + 1))
    if int((ends - starts).max()) > 3:
        raise Malformed("an integer in a list is negative or above 2**28")
    values: Int64s = np.zeros(ends.size, dtype=np.int64)
    for place in range(4):
        at = starts + place
        inside = at <= ends
        values[inside] |= (raw[at[inside]].astype(np.int64) & 0x7F) << (7 * place)
    return values

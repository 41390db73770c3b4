"""From a checksum that is wrong to the byte that made it wrong, if it was a single one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

_POLYNOMIAL = 0xEDB88320
CHECKSUM_BYTES = 4


class Repair(NamedTuple):
    """One byte whose change would make a record's checksum right: where it stands in the record, and what it was."""

    at: int
    was: int


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_FORWARD = _table()
#: Entries of the table have different first bytes, so a step can be undone.
_BACKWARD = {entry >> 24: (value, entry) for value, entry in enumerate(_FORWARD)}
_BY_DIFFERENCE = {entry: value for value, entry in enumerate(_FORWARD) if value}


def single_byte_repairs(key: bytes, record: bytes) -> Iterator[Repair]:
    """Yield every change of one byte that would make the checksum of a stored record right, last byte first.

    At most one is the truth. About one wrong one is found by chance in 16 million bytes.

    Args:
        key: Of the record; it is covered by the checksum.
        record: Checksum and data.
    """
    found = crc32(record[CHECKSUM_BYTES:], crc32(key))
    difference = found ^ int.from_bytes(record[:CHECKSUM_BYTES], "big")
    if not difference:
        return
    for at in range(len(record) - 1, CHECKSUM_BYTES - 1, -1):
        value = _BY_DIFFERENCE.get(difference)
        if value is not None:
            yield Repair(at, record[at] ^ value)
        value, entry = _BACKWARD[difference >> 24]
        difference = ((difference ^ entry) << 8 | value) & 0xFFFFFFFF
    yield from _in_checksum(record, found ^ int.from_bytes(record[:CHECKSUM_BYTES], "big"))


def _in_checksum(record: bytes, difference: int) -> Iterator[Repair]:
    changed = [at for at in range(CHECKSUM_BYTES) if difference >> 8 * (3 - at) & 0xFF]
    if len(changed) == 1:
        (at,) = changed
        yield Repair(at, record[at] ^ difference >> 8 * (3 - at) & 0xFF)

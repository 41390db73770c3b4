"""What stands where in the store: table names, key forms, and the checksum of every record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

from muniment.core.errors import Halted

#: Raised with every change that an older program would misread.
FORMAT_VERSION = 1

META = b"meta"
BLOCKS = b"blocks"
RESULTS = b"results"
NOTES = b"notes"
IDENTITIES = b"identities"
POSITIONS = b"positions"
FACTS = b"facts"
VALUES = b"values"
PAGES = b"pages"
TILES = b"tiles"
#: Before-images: what a value or page was before the block of a height changed it.
OLD_VALUES = b"old-values"
OLD_PAGES = b"old-pages"
#: Which before-images a height owns, for pruning.
CHANGED = b"changed"

TABLES = (
    META,
    BLOCKS,
    RESULTS,
    NOTES,
    IDENTITIES,
    POSITIONS,
    FACTS,
    VALUES,
    PAGES,
    TILES,
    OLD_VALUES,
    OLD_PAGES,
    CHANGED,
)


def height_key(height: int) -> bytes:
    """Return the key of a height or position: 8 bytes, so that keys sort as numbers."""
    return height.to_bytes(8, "big")


def tile_key(level: int, index: int) -> bytes:
    """Return the key of a log tile."""
    return bytes((level,)) + index.to_bytes(8, "big")


def old_key(name: bytes, height: int) -> bytes:
    """Return the key of a before-image; the length byte keeps one name from being the start of another."""
    return bytes((len(name),)) + name + height.to_bytes(8, "big")


def joined_names(names: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Return the record that says which before-images a height owns: (table, key) of each."""
    return b"".join([bytes((table == OLD_PAGES,)) + len(name).to_bytes(2, "big") + name for table, name in names])


def split_names(joined: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (table, key) of each before-image in such a record."""
    at = 0
    while at < len(joined):
        end = at + 3 + int.from_bytes(joined[at + 1 : at + 3], "big")
        yield (OLD_PAGES if joined[at] else OLD_VALUES), joined[at + 3 : end]
        at = end


def sealed(key: bytes, data: bytes) -> bytes:
    """Return the record to store: a checksum over key and data, then the data."""
    return crc32(data, crc32(key)).to_bytes(4, "big") + data


def unsealed(table: bytes, key: bytes, record: bytes) -> bytes:
    """Return the data of a record.

    Raises:
        Halted: the record is not what was written.
    """
    data = record[4:]
    if crc32(data, crc32(key)).to_bytes(4, "big") != record[:4]:
        raise damaged(table, f"record {key.hex()} does not match its checksum")
    return data


def damaged(table: bytes, reason: str) -> Halted:
    """Return the error for a store that does not hold what was written."""
    return Halted(
        f"the ledger is damaged: {table.decode()}: {reason}",
        recover="stop using it, run `muniment audit DIR` to locate the damage, and restore a copy",
    )

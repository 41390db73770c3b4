"""Reading a ledger: at its head, or as it was at an earlier block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from muniment.core.block import Block, Head, Result, block_codec, result_codec
from muniment.storage import layout
from muniment.storage.layout import damaged, height_key, old_key, tile_key, unsealed

Tables = dict[bytes, Any]
_ABSENT = b"\0"


class View:
    """One consistent look at the store; implements `core.state.Store`.

    Args:
        txn: An LMDB transaction.
        tables: Database handles by name.
        height: Show map and pages as they were after this block; None for as they are.
    """

    def __init__(self, txn: Any, tables: Tables, *, height: int | None = None) -> None:
        self.txn = txn
        self.tables = tables
        self._height = height

    def get(self, table: bytes, key: bytes) -> bytes | None:
        """Return the data of a record, None if there is none; a damaged record halts."""
        record: bytes | None = self.txn.get(key, db=self.tables[table])
        return None if record is None else unsealed(table, key, record)

    def required(self, table: bytes, key: bytes) -> bytes:
        """Return the data of a record that must exist."""
        data = self.get(table, key)
        if data is None:
            raise damaged(table, f"record {key.hex()} is missing")
        return data

    def value_bytes(self, key: bytes) -> bytes | None:
        """Return the value of `key` in the map."""
        if self._height is not None:
            found, data = self._before(layout.OLD_VALUES, key)
            if found:
                return data
        return self.get(layout.VALUES, key)

    def fact_bytes(self, key: bytes) -> bytes | None:
        """Return the fact under `key`."""
        return self.get(layout.FACTS, key)

    def page(self, path: bytes) -> bytes | None:
        """Return a page of the map's tree."""
        if self._height is not None:
            found, data = self._before(layout.OLD_PAGES, path)
            if found:
                return data
        return self.get(layout.PAGES, path)

    def tile(self, level: int, index: int) -> bytes:
        """Return a tile of the log, as wide as it is now."""
        return self.get(layout.TILES, tile_key(level, index)) or b""

    def head(self) -> Head:
        """Return where the ledger stands (at the height of this view)."""
        newest = int.from_bytes(self.required(layout.META, b"height"), "big")
        return self.result(newest if self._height is None else self._height).head

    def block(self, height: int) -> Block:
        """Return the block of `height`."""
        return block_codec.trusted(self.required(layout.BLOCKS, height_key(height)))

    def result(self, height: int) -> Result:
        """Return what executing the block of `height` gave."""
        return result_codec.trusted(self.required(layout.RESULTS, height_key(height)))

    def note(self, height: int) -> str:
        """Return the signed checkpoint of `height`."""
        return self.required(layout.NOTES, height_key(height)).decode()

    def identities(self, height: int) -> bytes:
        """Return 40 bytes for each receipt of a block: transaction id, expiry."""
        return self.required(layout.IDENTITIES, height_key(height))

    def height_of(self, position: int) -> int | None:
        """Return the height of the block whose receipts include log position `position`."""
        result = self.result_of(position)
        return None if result is None else result.height

    def result_of(self, position: int) -> Result | None:
        """Return what executing the block gave whose receipts include log position `position`, None if none does."""
        cursor = self.txn.cursor(db=self.tables[layout.POSITIONS])
        key = height_key(position)
        found = cursor.set_range(key) and cursor.key() == key
        if not found and not (cursor.prev() if cursor.key() else cursor.last()):
            return None
        height = int.from_bytes(unsealed(layout.POSITIONS, cursor.key(), cursor.value()), "big")
        result = self.result(height)
        return result if result.first <= position < result.log_size else None

    def values(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield every key of the map as it is now, with its value."""
        return self._records(layout.VALUES)

    def facts(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield every fact, by key."""
        return self._records(layout.FACTS)

    def _records(self, table: bytes) -> Iterator[tuple[bytes, bytes]]:
        for key, record in self.txn.cursor(db=self.tables[table]):
            yield key, unsealed(table, key, record)

    def _before(self, table: bytes, name: bytes) -> tuple[bool, bytes | None]:
        # The first change after the wanted height holds what was there until then.
        cursor = self.txn.cursor(db=self.tables[table])
        wanted = old_key(name, (self._height or 0) + 1)
        if not cursor.set_range(wanted) or cursor.key()[:-8] != wanted[:-8]:
            return False, None
        data = unsealed(table, cursor.key(), cursor.value())
        return True, None if data == _ABSENT else data[1:]


def before_image(data: bytes | None) -> bytes:
    """Return how a before-image is stored: a byte that says whether there was something, then what."""
    return _ABSENT if data is None else b"\1" + data

"""Change a closed ledger behind its back: single bytes, or whole records with a checksum that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import lmdb

from muniment.storage import layout
from muniment.storage.datafile import DataFile, Place
from muniment.storage.layout import sealed


class Stored(NamedTuple):
    """A record, and where it stands in the data file."""

    table: bytes
    key: bytes
    place: Place


def data_file(ledger: Path) -> Path:
    """Return the data file of a ledger."""
    return ledger / "store" / "data.mdb"


def stored_records(ledger: Path, table: bytes) -> list[Stored]:
    """Return every record of a table."""
    file = DataFile(data_file(ledger))
    meta = file.newest()
    tree = file.tables(meta)[table]
    found = [Stored(table, node.key, file.data(node, meta)) for node in file.records(tree, meta)]
    file.close()
    return found


def flip(ledger: Path, at: int, mask: int) -> None:
    """Change one byte of the data file."""
    with data_file(ledger).open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes((byte ^ mask,)))


@contextmanager
def tables(ledger: Path) -> Iterator[Callable[[bytes], Any]]:
    """Open a ledger's store for writing; yields a function from a table's name to a cursor."""
    with (
        lmdb.open(str(ledger / "store"), max_dbs=len(layout.TABLES), map_size=1 << 40) as env,
        env.begin(write=True) as txn,
    ):
        yield lambda name: txn.cursor(db=env.open_db(name, txn=txn, create=False))


def data_of(ledger: Path, table: bytes, key: bytes) -> bytes:
    """Return the data of a record, without its checksum."""
    with tables(ledger) as cursor:
        record: bytes = cursor(table).get(key)
        return record[4:]


def put(ledger: Path, table: bytes, key: bytes, data: bytes) -> None:
    """Write a record with a checksum that fits."""
    with tables(ledger) as cursor:
        cursor(table).put(key, sealed(key, data))


def drop(ledger: Path, table: bytes, key: bytes) -> None:
    """Delete a record."""
    with tables(ledger) as cursor:
        at = cursor(table)
        assert at.set_key(key)
        at.delete()

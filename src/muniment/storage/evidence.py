"""A store opened to be examined: read only, also while another process writes it, and nothing in it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import lmdb

from muniment.core.errors import Unavailable
from muniment.storage import layout
from muniment.storage.datafile import DataFile, Meta, Place, StructureDamaged
from muniment.storage.errors import InUse, NotALedger
from muniment.storage.structure import check_structure
from muniment.storage.view import View

_MAP_BYTES = 1 << 40
_ATTEMPTS = 100


class Snapshot(View):
    """One consistent look at a store, down to where its bytes stand in the file."""

    file: DataFile
    meta: Meta

    def record(self, table: bytes, key: bytes) -> bytes | None:
        """Return a record as it is stored, checksum first, None if there is none."""
        found: bytes | None = self.txn.get(key, db=self.tables[table])
        return found

    def records(self, table: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield every key of a table with its record as it is stored."""
        yield from self.txn.cursor(db=self.tables[table])

    def count(self, table: bytes) -> int:
        """Return how many records a table has."""
        entries: int = self.txn.stat(self.tables[table])["entries"]
        return entries

    def place(self, table: bytes, key: bytes) -> Place | None:
        """Return where in the data file the record of `key` stands."""
        tree = self.file.tables(self.meta).get(table)
        return None if tree is None else self.file.find(tree, key, self.meta)


class Evidence:
    """The store of a ledger, open for an audit. Nobody else is kept from anything.

    Args:
        path: Directory of the store.

    Raises:
        NotALedger: there is no store.
        InUse: this process has it open itself; LMDB cannot have it open twice.
        StructureDamaged: there is one, and LMDB cannot open it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        data = path / "data.mdb"
        if not data.is_file():
            raise NotALedger(path=str(path.parent), reason="there is no store in it")
        self._file = DataFile(data)
        try:
            self._file.metas()
            self._env = _opened(path)
        except BaseException:
            self._file.close()
            raise
        self._tables: dict[bytes, Any] | None = None

    def __enter__(self) -> Evidence:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._env.close()
        self._file.close()

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Look at the store as it is now.

        The first look checks the structure of the whole file before LMDB follows it.

        Raises:
            StructureDamaged: the file is not one that LMDB could have written.
            NotALedger: it is sound, and holds something else.
        """
        if self._tables is None:
            with self._begin() as (_, meta):
                found = check_structure(self._file, meta)
            self._open_tables(found, meta)
        try:
            with self._begin() as (txn, meta):
                snapshot = Snapshot(txn, self._tables or {})
                snapshot.file, snapshot.meta = self._file, meta
                yield snapshot
        except lmdb.Error as error:
            raise StructureDamaged(0, self._file.size, f"LMDB gave up on it ({error})") from None

    @contextmanager
    def _begin(self) -> Iterator[tuple[Any, Meta]]:
        for _ in range(_ATTEMPTS):
            with self._env.begin() as txn:
                self._file = self._grown(self._file)
                meta = self._file.meta(txn.id())
                # A writer may overwrite the meta page between the two steps: then look again.
                if meta is not None:
                    yield txn, meta
                    return
        raise Unavailable("the store changes too fast to be read: audit a copy of it")

    def release(self) -> None:
        """Give back the memory that what was read takes; looks at the store go on as before."""
        self._env.close()
        self._env = _opened(self.path)
        if self._tables is not None:
            self._tables = {name: self._env.open_db(name, create=False) for name in layout.TABLES}

    def _open_tables(self, found: dict[bytes, Any], meta: Meta) -> None:
        missing = [name for name in layout.TABLES if name not in found]
        if len(missing) == len(layout.TABLES):
            raise NotALedger(path=str(self.path.parent), reason="its store is not that of a ledger")
        if missing:
            at = meta.main.root * self._file.page_bytes
            raise StructureDamaged(at, at + self._file.page_bytes, f"table {missing[0].decode()} is missing")
        self._tables = {name: self._env.open_db(name, create=False) for name in layout.TABLES}

    def _grown(self, file: DataFile) -> DataFile:
        if (self.path / "data.mdb").stat().st_size == file.size:
            return file
        grown = DataFile(self.path / "data.mdb")
        file.close()
        return grown


def _opened(path: Path) -> Any:
    # Without a lock file nobody has the store open, and none is left behind in what may be evidence.
    shared = (path / "lock.mdb").exists()
    try:
        return lmdb.open(str(path), map_size=_MAP_BYTES, max_dbs=len(layout.TABLES), readonly=True, lock=shared)
    except lmdb.Error as error:
        if "already open" in str(error):
            raise InUse(
                f"this process has the ledger in {path.parent} open: audit it from another process, or audit a copy"
            ) from None
        if "ermission denied" in str(error) or "ead-only" in str(error):
            return lmdb.open(str(path), map_size=_MAP_BYTES, max_dbs=len(layout.TABLES), readonly=True, lock=False)
        raise StructureDamaged(0, 8192, f"LMDB cannot open it ({error})") from None

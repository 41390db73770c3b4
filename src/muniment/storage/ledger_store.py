"""The durable home of a ledger: one LMDB environment, one durable transaction a block.

The files are never half a block ahead: either everything of a block is there (transactions, receipts, state, log,
heights, checkpoint) or nothing.
"""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lmdb

from muniment.core.block import Head
from muniment.core.chain import Closed
from muniment.core.errors import Halted, Unavailable
from muniment.core.merkle import Frontier
from muniment.storage import layout
from muniment.storage.errors import DiskFull, FormatUnknown, HeightUnknown, InUse, NotALedger, no_room
from muniment.storage.layout import damaged, height_key, old_key, sealed, tile_key
from muniment.storage.lock import WriterLock
from muniment.storage.structure import check_at_opening
from muniment.storage.view import View, before_image

#: Address space reserved for the file, which itself only grows as needed.
MAP_BYTES = 1 << 40
#: For so many blocks back can the state be proven, unless told otherwise.
KEEP_BLOCKS = 10_000
_MAX_READERS = 1024
#: So long does closing wait for those who still look.
_PATIENCE_S = 10.0
#: Room for the largest block, several times over.
_LITTLE_ROOM_BYTES = 128 << 20
_LOCK = "writer.lock"
#: Ends the name of the directory in which a store is built.
BUILDING = ".new"


class Writer(View):
    """A write transaction: reads see the state before the block, `write` puts everything of a block."""

    def write(self, closed: Closed, *, note: str, keep_blocks: int) -> None:
        """Write a closed block and forget the history that is no longer kept."""
        key = height_key(closed.height)
        self._put(layout.BLOCKS, key, closed.block)
        self._put(layout.RESULTS, key, closed.result)
        self._put(layout.NOTES, key, note.encode())
        self._put(layout.IDENTITIES, key, closed.identities)
        self._put(layout.META, b"height", key)
        self._put(layout.META, b"frontier", closed.frontier.to_bytes())
        if closed.identities:
            first = closed.head.log_size - len(closed.identities) // 40
            self._put(layout.POSITIONS, height_key(first), key)
        self._put_facts(closed.facts)
        for (level, index), tile in closed.tiles.items():
            self._put(layout.TILES, tile_key(level, index), tile)
        self._put_versioned(closed)
        self._prune(closed.height - keep_blocks)

    def _put(self, table: bytes, key: bytes, data: bytes) -> None:
        self.txn.put(key, sealed(key, data), db=self.tables[table])

    def _put_facts(self, facts: list[tuple[bytes, bytes]]) -> None:
        if facts:
            records = [(key, sealed(key, data)) for key, data in facts]
            with self.txn.cursor(db=self.tables[layout.FACTS]) as cursor:
                consumed, added = cursor.putmulti(records, overwrite=False)
            if added != len(records):
                raise damaged(layout.FACTS, f"{consumed - added} facts of a new block exist already")

    def _put_versioned(self, closed: Closed) -> None:
        names = []
        for table, old, changes in (
            (layout.VALUES, layout.OLD_VALUES, closed.values),
            (layout.PAGES, layout.OLD_PAGES, closed.pages.items()),
        ):
            for name, data in changes:
                previous = old_key(name, closed.height)
                self._put(old, previous, before_image(self.get(table, name)))
                names.append((old, previous))
                if data is None:
                    self.txn.delete(name, db=self.tables[table])
                else:
                    self._put(table, name, data)
        if names:
            self._put(layout.CHANGED, height_key(closed.height), layout.joined_names(names))

    def _prune(self, height: int) -> None:
        pruned = None
        with self.txn.cursor(db=self.tables[layout.CHANGED]) as cursor:
            while cursor.first() and int.from_bytes(cursor.key(), "big") <= height:
                pruned = cursor.key()
                for table, name in layout.split_names(layout.unsealed(layout.CHANGED, pruned, cursor.value())):
                    self.txn.delete(name, db=self.tables[table])
                cursor.delete()
        if pruned is not None:
            self._put(layout.META, b"pruned", pruned)


class LedgerStore:
    """An open ledger directory's LMDB environment. Use `create` or `open`.

    Args:
        path: Directory of the environment.
        writable: Take the writer lock; at most one at a time may.
        keep_blocks: How many blocks back the state stays provable.
    """

    def __init__(self, path: Path, *, writable: bool = True, keep_blocks: int = KEEP_BLOCKS) -> None:
        self.path = path
        self.keep_blocks = keep_blocks
        self._closed = False
        self._looks = 0
        # Reentrant: a look at an earlier height looks up which heights are kept.
        self._looks_changed = threading.Condition(threading.RLock())
        if not (path / "data.mdb").is_file():
            raise NotALedger(path=str(path), reason="there is no store")
        self._writable = writable
        self._lock = _locked(path) if writable else None
        self._env: Any = None
        try:
            self._env = self._mapped()
            if writable:
                # Readers that were killed would keep the file from reusing space.
                self._env.reader_check()
                # LMDB believes its file: what it would follow into a crash or a wrong answer must be found first.
                check_at_opening(path / "data.mdb")
            self._tables = self._open_tables()
            self._check_format()
        except lmdb.Error as error:
            self._give_up()
            raise _opening_failed(path, error) from None
        except BaseException:
            self._give_up()
            raise

    @classmethod
    def create(cls, path: Path, *, genesis: bytes, keep_blocks: int = KEEP_BLOCKS) -> LedgerStore:
        """Make a new store in an empty or absent directory; block 0 must be written next.

        It is built beside `path` and moved there whole: a creation that is cut short leaves nothing in the way.

        Raises:
            NotALedger: the directory is not empty.
            InUse: another process is making it.
            Unavailable: it cannot be written.
        """
        if path.exists() and any(path.iterdir()):
            raise NotALedger(path=str(path), reason="it is not empty")
        building = path.with_name(path.name + BUILDING)
        try:
            building.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(building / _LOCK)
            try:
                _build(building, genesis)
                os.replace(building, path)
                sync_directory(path.parent)
            finally:
                lock.release()
        except lmdb.Error as error:
            raise _opening_failed(path, error) from None
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                raise NotALedger(path=str(path), reason="it is not empty") from None
            raise no_room(error, f"a store cannot be made in {path}") from None
        return cls(path, keep_blocks=keep_blocks)

    @property
    def genesis(self) -> bytes:
        """The genesis, as it was given."""
        with self.view() as view:
            return view.required(layout.META, b"genesis")

    @property
    def is_new(self) -> bool:
        """Whether block 0 has not been written yet."""
        with self.view() as view:
            return view.get(layout.META, b"height") is None

    @contextmanager
    def view(self, height: int | None = None) -> Iterator[View]:
        """Look at the store, consistently; keep it short, a held view keeps the file from reusing space.

        Raises:
            HeightUnknown: not reached yet, or pruned.
            Halted: the file is damaged.
        """
        with self._looking():
            try:
                with self._env.begin() as txn:
                    if height is not None:
                        self._check_height(View(txn, self._tables), height)
                    yield View(txn, self._tables, height=height)
            except lmdb.Error as error:
                self._check_open()
                raise _reading_failed(error) from error

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """Begin the transaction of one block: durable when the `with` ends, gone if it raises or nothing was written.

        Raises:
            DiskFull: there is no room; the store is as before.
            Halted: the store can no longer be trusted to be written.
        """
        with self._looking():
            try:
                with self._env.begin(write=True) as txn:
                    yield Writer(txn, self._tables)
            except lmdb.Error as error:
                raise _writing_failed(self.path, error) from error

    def frontier(self) -> Frontier:
        """Return the log's frontier at the head."""
        with self.view() as view:
            data = view.get(layout.META, b"frontier")
            return Frontier() if data is None else Frontier.from_bytes(data)

    def head(self) -> Head:
        """Return where the ledger stands."""
        with self.view() as view:
            return view.head()

    def oldest_height(self, newest: int) -> int:
        """Return the first height whose state can still be read, also if less was kept formerly."""
        with self.view() as view:
            pruned = view.get(layout.META, b"pruned")
        # The before-images of a height lead to the state of the height before it.
        return max(0, newest - self.keep_blocks, int.from_bytes(pruned or b"", "big"))

    def copy(self, path: Path) -> None:
        """Write a consistent, compact copy into an empty directory, while the store is in use."""
        self._check_open()
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._env.copy(str(path), compact=True)
        except lmdb.Error as error:
            raise _copying_failed(path, error) from None
        except OSError as error:
            raise no_room(error, f"the copy in {path} cannot be written") from None

    def size_bytes(self) -> int:
        """Return the size of the data file."""
        return (self.path / "data.mdb").stat().st_size

    def remap(self) -> None:
        """Give back the memory that the system counts for what was read of the file, unless somebody is looking.

        LMDB maps its file: whatever was read of it counts as this process's memory until the map is given up.
        """
        with self._looks_changed:
            if self._looks == 0 and not self._closed:
                self._env.close()
                self._env = self._mapped()
                self._tables = self._open_tables()

    def close(self) -> None:
        """Close the environment and give up the writer lock, once those who look at it are done."""
        with self._looks_changed:
            self._closed = True
            self._looks_changed.wait_for(lambda: self._looks == 0, timeout=_PATIENCE_S)
        self._give_up()

    @contextmanager
    def _looking(self) -> Iterator[None]:
        with self._looks_changed:
            self._check_open()
            self._looks += 1
        try:
            yield
        finally:
            with self._looks_changed:
                self._looks -= 1
                self._looks_changed.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the ledger is closed: open it again")

    def _give_up(self) -> None:
        self._closed = True
        if self._env is not None:
            self._env.close()
        if self._lock:
            self._lock.release()

    def _mapped(self) -> Any:
        return lmdb.open(
            str(self.path),
            map_size=MAP_BYTES,
            max_dbs=len(layout.TABLES),
            max_readers=_MAX_READERS,
            readonly=not self._writable,
            create=False,
            lock=True,
            subdir=True,
        )

    def _open_tables(self) -> dict[bytes, Any]:
        tables = {}
        for name in layout.TABLES:
            try:
                tables[name] = self._env.open_db(name, create=False)
            except lmdb.NotFoundError:
                raise NotALedger(path=str(self.path), reason=f"table {name.decode()} is missing") from None
        return tables

    def _check_format(self) -> None:
        with self.view() as view:
            found = view.required(layout.META, b"format")
        if found != b"%d" % layout.FORMAT_VERSION:
            raise FormatUnknown(
                path=str(self.path), found=found.decode("ascii", "replace"), known=str(layout.FORMAT_VERSION)
            )

    def _check_height(self, view: View, height: int) -> None:
        newest = view.head().height
        oldest = self.oldest_height(newest)
        if not oldest <= height <= newest:
            raise HeightUnknown(height=height, oldest=oldest, newest=newest)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(path: Path) -> WriterLock:
    try:
        return WriterLock(path / _LOCK)
    except OSError as error:
        raise no_room(error, f"the ledger in {path} cannot be opened for writing") from None


def _build(path: Path, genesis: bytes) -> None:
    for entry in path.iterdir():
        if entry.name != _LOCK:
            entry.unlink()
    with (
        lmdb.open(str(path), map_size=MAP_BYTES, max_dbs=len(layout.TABLES)) as env,
        env.begin(write=True) as txn,
    ):
        tables = {name: env.open_db(name, txn=txn) for name in layout.TABLES}
        for key, data in ((b"format", b"%d" % layout.FORMAT_VERSION), (b"genesis", genesis)):
            txn.put(key, sealed(key, data), db=tables[layout.META])
    sync_directory(path)


def _opening_failed(path: Path, error: lmdb.Error) -> Exception:
    if isinstance(error, (lmdb.InvalidError, lmdb.VersionMismatchError)) or "No such file" in str(error):
        return NotALedger(path=str(path), reason=str(error))
    if "already open" in str(error):
        return InUse(f"this process has the ledger in {path} open: share one ledger object between its threads")
    if _is_full(error):
        return DiskFull(f"there is no room to open the ledger in {path}: free some space and try again")
    return Halted(f"the ledger in {path} cannot be opened: {error}", recover="restore a copy, then `muniment audit` it")


def _reading_failed(error: lmdb.Error) -> Exception:
    if isinstance(error, lmdb.ReadersFullError):
        return Unavailable(f"more than {_MAX_READERS} readers look at the ledger at once", retry_after_ms=100)
    return Halted(
        f"the ledger is damaged: {error}",
        recover="stop using it, run `muniment audit DIR` to locate the damage, and restore a copy",
    )


def _writing_failed(path: Path, error: lmdb.Error) -> Exception:
    # LMDB calls a write that was cut short an input/output error, whatever cut it short.
    cut_short = os.strerror(errno.EIO) in str(error) and _room_bytes(path) < _LITTLE_ROOM_BYTES
    if cut_short or _is_full(error):
        return DiskFull("the disk is full: nothing of this block was written; free some space and try again")
    return Halted(
        f"the store refused a write: {error}", recover="check the disk, reopen the ledger, run `muniment audit`"
    )


def _copying_failed(path: Path, error: lmdb.Error) -> Exception:
    if _is_full(error):
        return DiskFull(f"there is no room for the copy in {path}: free some space and try again")
    return Unavailable(f"the copy in {path} cannot be written: {error}")


def _room_bytes(path: Path) -> int:
    """Return by how much the data file could grow."""
    disk = os.statvfs(path)
    allowed, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = disk.f_bavail * disk.f_frsize
    if allowed == resource.RLIM_INFINITY:
        return room
    return min(room, allowed - (path / "data.mdb").stat().st_size)


def _is_full(error: lmdb.Error) -> bool:
    return isinstance(error, (lmdb.MapFullError, lmdb.DiskError)) or any(
        os.strerror(number) in str(error) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    )

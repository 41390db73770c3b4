"""The log as static files by C2SP tlog-tiles: any web server can publish them, any tlog client can read them.

Derived from the store and written after the fact. Nothing is read back but the size that was published last: what was
published once is never taken back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from muniment.core import tiles
from muniment.core.block import Result
from muniment.core.errors import Halted, Rejected
from muniment.core.note import Checkpoint, parse_note
from muniment.storage.errors import no_room
from muniment.storage.ledger_store import LedgerStore
from muniment.storage.view import View

CHECKPOINT = "checkpoint"


#: So many tiles are written in one look at the store; then what was read of it is given back.
_LOOK_TILES = 128


def publish(store: LedgerStore, directory: Path) -> int:
    """Bring the published files up to the head of `store`; returns how many files were written.

    The checkpoint is replaced last, so that whoever reads it finds all its tiles.

    Raises:
        Halted: the published log is ahead of the store.
        Unavailable: the files cannot be written now.
    """
    with store.view() as view:
        head = view.head()
        note = view.note(head.height)
        done = check_not_ahead(view, directory)
    if done == head.log_size:
        return 0
    fresh = _fresh(done or 0, head.log_size)
    written = 0
    try:
        while batch := list(islice(fresh, _LOOK_TILES)):
            with store.view() as view:
                written += _write_tiles(view, batch, directory)
            if len(batch) == _LOOK_TILES:
                store.remap()
        return written + _write(directory / CHECKPOINT, note.encode())
    except OSError as error:
        raise no_room(error, "the published log cannot be written") from None


def check_not_ahead(view: View, directory: Path) -> int | None:
    """Return the size of the log that was published last, None if there is none; the store must hold that very log.

    Raises:
        Halted: the store is behind it: going on would give the log a second history.
    """
    try:
        text, _ = parse_note((directory / CHECKPOINT).read_bytes())
        published = Checkpoint.parse(text)
    except (OSError, Rejected):
        return None
    size = view.head().log_size
    if published.size > size or tiles.frontier(published.size, view.tile).root() != published.root:
        raise Halted(
            f"the ledger published a log of {published.size} transactions, its store has {size} or others",
            recover="restore the newest copy of the store; only if it is lost for good, move the published log away",
        )
    return published.size


def _write_tiles(view: View, batch: Iterable[tuple[int, int, int]], directory: Path) -> int:
    written = 0
    receipts = _Receipts(view)
    for level, index, width in batch:
        written += _write(directory / tiles.tile_path(level, index, width), view.tile(level, index)[: width * 32])
        if level == 0:
            first = index * tiles.TILE_WIDTH
            bundle = tiles.encode_bundle([receipts.at(position) for position in range(first, first + width)])
            written += _write(directory / tiles.bundle_path(index, width), bundle)
    return written


def _fresh(done: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Yield level, index and width of every tile of a log of `size` that one of `done` did not have."""
    level = 0
    while count := tiles.tile_count(size, level):
        before = tiles.tile_count(done, level)
        for index in range(before // tiles.TILE_WIDTH, -(-count // tiles.TILE_WIDTH)):
            first = index * tiles.TILE_WIDTH
            end = min(first + tiles.TILE_WIDTH, count)
            if end > before:
                yield level, index, end - first
        level += 1


class _Receipts:
    """Receipts by position; remembers the block read last, since they are asked for in order."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._result: Result | None = None

    def at(self, position: int) -> bytes:
        result = self._result
        if result is None or not result.first <= position < result.log_size:
            result = self._result = self._view.result_of(position)
            if result is None:
                raise Halted(f"position {position} of the log is in no block", recover="run `muniment audit DIR`")
        return result.receipts[position - result.first]


def _write(path: Path, data: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    os.replace(temporary, path)
    return 1

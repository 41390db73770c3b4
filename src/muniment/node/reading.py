"""Read blocks in order, with the signatures of those ahead being checked on threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from typing import NamedTuple

from muniment.core.block import Block, block_codec
from muniment.core.errors import Halted, Rejected
from muniment.engines.verifying import CHUNK, Checked, Verifiers
from muniment.node.locating import damaged
from muniment.storage import layout
from muniment.storage.checksums import CHECKSUM_BYTES
from muniment.storage.evidence import Snapshot
from muniment.storage.layout import height_key, sealed, unsealed

#: So much is read ahead, at most, of what is being executed.
_AHEAD_TRANSACTIONS = 8192
_AHEAD_BYTES = 32 << 20


class Read(NamedTuple):
    """A block with its transactions checked; None if it is missing or cannot be decoded."""

    height: int
    block: Block | None
    checked: list[Checked]
    size_bytes: int

    @property
    def time_ms(self) -> int:
        """Time of the block."""
        return self.block.time_ms if self.block else 0


class _Waiting(NamedTuple):
    height: int
    block: Block | None
    chunks: list[Future[list[Checked]]]
    size_bytes: int


def read_blocks(snapshot: Snapshot, verifiers: Verifiers, first: int, last: int) -> Iterator[Read]:
    """Yield the blocks `first` to `last`, ending early with the first that cannot be read."""
    waiting: deque[_Waiting] = deque()
    count = size_bytes = 0
    for height in range(first, last + 1):
        ahead = _begin(snapshot, verifiers, height)
        waiting.append(ahead)
        count += len(ahead.block.transactions) if ahead.block else 0
        size_bytes += ahead.size_bytes
        while waiting and (count > _AHEAD_TRANSACTIONS or size_bytes > _AHEAD_BYTES):
            done = waiting.popleft()
            count -= len(done.block.transactions) if done.block else 0
            size_bytes -= done.size_bytes
            yield _settled(done)
        if ahead.block is None:
            break
    while waiting:
        yield _settled(waiting.popleft())


def _begin(snapshot: Snapshot, verifiers: Verifiers, height: int) -> _Waiting:
    key = height_key(height)
    record = snapshot.record(layout.BLOCKS, key)
    if record is None:
        return _Waiting(height, None, [], 0)
    try:
        block = block_codec.decode(unsealed(layout.BLOCKS, key, record))
    except (Halted, Rejected):
        return _Waiting(height, None, [], 0)
    raws = block.transactions
    chunks = [verifiers.submit(raws[at : at + CHUNK]) for at in range(0, len(raws), CHUNK)]
    return _Waiting(height, block, chunks, len(record))


def _settled(waiting: _Waiting) -> Read:
    return Read(
        waiting.height, waiting.block, [one for chunk in waiting.chunks for one in chunk.result()], waiting.size_bytes
    )


def newest_height(snapshot: Snapshot) -> int:
    """Return the height of the last block.

    Raises:
        Diverged: the record that says so is missing or damaged.
    """
    record = snapshot.record(layout.META, b"height")
    if record is None or sealed(b"height", record[CHECKSUM_BYTES:]) != record:
        raise damaged(snapshot, layout.META, b"height")
    return int.from_bytes(record[CHECKSUM_BYTES:], "big")


def oldest_change(snapshot: Snapshot) -> int:
    """Return the first height whose before-images are kept; a huge one if none is."""
    cursor = snapshot.txn.cursor(db=snapshot.tables[layout.CHANGED])
    return int.from_bytes(cursor.key(), "big") if cursor.first() else 1 << 63

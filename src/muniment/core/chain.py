"""Closing a block: from what its transactions did to the roots that everybody can check."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from muniment.core import authmap, tiles
from muniment.core.block import Block, Head, Result
from muniment.core.codec import encode
from muniment.core.machine import Executed, Moment
from muniment.core.merkle import Frontier, leaf_hashes
from muniment.core.note import Checkpoint


class Trees(NamedTuple):
    """Where the two trees stand before a block: the log's frontier, and readers of tiles and pages."""

    frontier: Frontier
    tile: Callable[[int, int], bytes]
    page: Callable[[bytes], bytes | None]


class Closed(NamedTuple):
    """A block with all that has to be written for it, at once or not at all.

    Attributes:
        height: Of the block.
        block: Encoded `Block`.
        result: Encoded `Result`.
        identities: For each receipt, 32 bytes of transaction id and 8 of expiry (big-endian ms; 0 if the id was not
            used up), joined.
        values: Changed keys of the map with their new bytes, None = deleted, by key.
        facts: New facts, by key.
        pages: Changed pages of the map's tree, None = gone.
        tiles: Changed tiles of the log, by (level, index).
        frontier: Of the log afterwards.
        head: The ledger afterwards.
    """

    height: int
    block: bytes
    result: bytes
    identities: bytes
    values: list[tuple[bytes, bytes | None]]
    facts: list[tuple[bytes, bytes]]
    pages: dict[bytes, bytes | None]
    tiles: dict[tuple[int, int], bytes]
    frontier: Frontier
    head: Head


def close(executed: Executed, *, moment: Moment, before: Head, trees: Trees) -> Closed:
    """Return the closed block; pure, `trees` and `before` are not changed."""
    values = list(executed.overlay.changes())
    state_root = before.state_root
    pages: dict[bytes, bytes | None] = {}
    if values:
        changes = {sha256(key).digest(): None if data is None else sha256(data).digest() for key, data in values}
        state_root, pages = authmap.update(trees.page, changes)
    leaves = leaf_hashes(executed.receipts)
    frontier = trees.frontier.copy()
    rows = frontier.extend(leaves)
    changed = tiles.changed_tiles(before.log_size, leaves, trees.tile, rows=rows) if leaves else {}
    head = Head(moment.height, moment.time_ms, state_root, frontier.root(), frontier.size)
    result = Result(
        moment.height,
        moment.time_ms,
        before.log_size,
        tuple(executed.receipts),
        tuple(executed.effects),
        head.state_root,
        head.log_root,
        head.log_size,
    )
    return Closed(
        height=moment.height,
        block=encode(Block(moment.height, moment.time_ms, tuple(t.raw for t in executed.kept))),
        result=encode(result),
        identities=b"".join(
            [
                t.id + (t.payload.expires_ms if spent else 0).to_bytes(8, "big")
                for t, spent in zip(executed.kept, executed.spent, strict=True)
            ]
        ),
        values=values,
        facts=sorted(executed.overlay.encoded_facts.items()),
        pages=pages,
        tiles=changed,
        frontier=frontier,
        head=head,
    )


def checkpoint(head: Head, *, origin: str) -> Checkpoint:
    """Return what the ledger signs after a block: log size and root, and the state root as extension lines."""
    lines = (f"height {head.height}", f"time {head.time_ms}", f"state {head.state_root.hex()}")
    return Checkpoint(origin=origin, size=head.log_size, root=head.log_root, extensions=lines)

"""The end of an audit: whole tables against the state that the log amounts to, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from muniment.core.tiles import TILE_WIDTH, tile_count
from muniment.node.locating import Finding, damaged, diverged, mismatch
from muniment.node.replica import Replica
from muniment.storage import layout
from muniment.storage.evidence import Snapshot
from muniment.storage.layout import height_key, sealed, tile_key

_META_KEYS = {b"format", b"genesis", b"height", b"frontier", b"pruned"}


def check_tables(snapshot: Snapshot, replica: Replica) -> None:
    """Compare the tables that change from block to block, and count all others.

    Raises:
        Diverged: at the first record that differs, is missing or is one too many.
    """
    _check_map(snapshot, layout.VALUES, replica.values)
    _check_map(snapshot, layout.PAGES, replica.pages)
    for level, (index, tile) in sorted(replica.edge.items()):
        _check(snapshot, layout.TILES, tile_key(level, index), tile)
    _check(snapshot, layout.META, b"height", height_key(replica.head.height))
    _check(snapshot, layout.META, b"frontier", replica.frontier.to_bytes())
    _check_readable(snapshot, layout.META)
    _check_history(snapshot, replica)
    _check_counts(snapshot, replica)


def _check_map(snapshot: Snapshot, table: bytes, expected: Mapping[bytes, bytes]) -> None:
    count = 0
    for key, record in snapshot.records(table):
        data = expected.get(key)
        if data is None:
            raise _surplus(snapshot, table, key)
        if record != sealed(key, data):
            raise mismatch(snapshot, table, key, data, height=_last_change(snapshot, table, key))
        count += 1
    if count != len(expected):
        present = {key for key, _ in snapshot.records(table)}
        missing = min(key for key in expected if key not in present)
        raise mismatch(snapshot, table, missing, expected[missing])


def _check(snapshot: Snapshot, table: bytes, key: bytes, data: bytes) -> None:
    if snapshot.record(table, key) != sealed(key, data):
        raise mismatch(snapshot, table, key, data)


def _check_readable(snapshot: Snapshot, table: bytes) -> None:
    for key, record in snapshot.records(table):
        if sealed(key, record[4:]) != record:
            raise damaged(snapshot, table, key)
        if table == layout.META and key not in _META_KEYS:
            raise _surplus(snapshot, table, key)


def _check_history(snapshot: Snapshot, replica: Replica) -> None:
    """Check that the before-images are those which the list of changes names: each was compared as it arose."""
    named = {layout.OLD_VALUES: 0, layout.OLD_PAGES: 0}
    expected = {height_key(height) for height in replica.changed}
    for key, record in snapshot.records(layout.CHANGED):
        if sealed(key, record[4:]) != record:
            raise damaged(snapshot, layout.CHANGED, key)
        if key not in expected:
            raise _surplus(snapshot, layout.CHANGED, key)
        for table, _ in layout.split_names(record[4:]):
            named[table] += 1
    for table, count in named.items():
        _check_count(snapshot, table, count)


def _check_counts(snapshot: Snapshot, replica: Replica) -> None:
    blocks, size = replica.head.height + 1, replica.head.log_size
    for table in (layout.BLOCKS, layout.RESULTS, layout.NOTES, layout.IDENTITIES):
        _check_count(snapshot, table, blocks, last=height_key(blocks - 1))
    # Block 0 alone may be without transactions.
    _check_count(snapshot, layout.POSITIONS, replica.filled_blocks)
    _check_count(snapshot, layout.FACTS, replica.facts)
    _check_count(snapshot, layout.TILES, sum(_tiles(size)))


def _tiles(size: int) -> Iterator[int]:
    level = 0
    while hashes := tile_count(size, level):
        yield -(-hashes // TILE_WIDTH)
        level += 1


def _check_count(snapshot: Snapshot, table: bytes, count: int, *, last: bytes | None = None) -> None:
    found = snapshot.count(table)
    if found == count:
        return
    if last is not None:
        for key, _ in snapshot.records(table):
            if key > last:
                raise _surplus(snapshot, table, key)
    what = f"the table has {found} records, the log gives {count}"
    raise diverged(snapshot, Finding(table, b"", "surplus" if found > count else "missing", what))


def _surplus(snapshot: Snapshot, table: bytes, key: bytes) -> Exception:
    what = f"nothing in the log gives the record {key.hex()}"
    return diverged(snapshot, Finding(table, key, "surplus", what))


def _last_change(snapshot: Snapshot, table: bytes, key: bytes) -> int | None:
    """Return the height of the last block that changed a value or page, if that is still kept."""
    old = layout.OLD_VALUES if table == layout.VALUES else layout.OLD_PAGES
    cursor = snapshot.txn.cursor(db=snapshot.tables[old])
    prefix = layout.old_key(key, 0)[:-8]
    found = cursor.prev() if cursor.set_range(prefix + b"\xff" * 8) else cursor.last()
    if not found or cursor.key()[:-8] != prefix:
        return None
    return int.from_bytes(cursor.key()[-8:], "big")

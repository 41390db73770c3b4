"""What a block must have written, compared with what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from muniment.core.chain import Closed, checkpoint
from muniment.core.note import VerifierKey, open_note
from muniment.core.proof_errors import ProofRejected
from muniment.core.tiles import TILE_BYTES
from muniment.core.transaction import Transaction, TransactionCodec
from muniment.node.divergence import Diverged
from muniment.node.locating import (
    BlockLocator,
    Concern,
    concern_of,
    damaged,
    difference,
    holder,
    mismatch,
    part_of_result,
    transaction_spans,
)
from muniment.node.reading import oldest_change
from muniment.node.replica import Replica
from muniment.storage import layout
from muniment.storage.checksums import CHECKSUM_BYTES
from muniment.storage.evidence import Snapshot
from muniment.storage.layout import height_key, old_key, sealed, tile_key
from muniment.storage.view import before_image

#: Table, key and the data that must be there.
Expected = tuple[bytes, bytes, bytes]


class Comparison:
    """Holds what is stored for a block against what re-executing it gave.

    Args:
        replica: The ledger before the block.
        codec: Decoder of the chain's transactions.
        log_key: Verifier key of the ledger's checkpoints.
    """

    def __init__(self, replica: Replica, codec: TransactionCodec, *, log_key: str) -> None:
        self._replica = replica
        self._codec = codec
        self._key = VerifierKey.parse(log_key)

    def check(self, snapshot: Snapshot, closed: Closed, transactions: Sequence[Transaction]) -> None:
        """Compare every record that a block wrote and that is still kept.

        Raises:
            Diverged: at the first that differs.
        """
        said = checkpoint(closed.head, origin=self._codec.chain).encode()
        signed = self._signed_text(snapshot, closed.height)
        # The ledger's own signature decides which side was changed: the transactions, or what is said of them.
        if signed is not None and signed != said:
            why = "the checkpoint signed for this block says that something else stood here"
            raise BlockLocator(snapshot, self._codec, closed.height).contradicted(transactions, why)
        for table, key, data in (*self._records(closed, oldest_change(snapshot)), *_wrong_facts(snapshot, closed)):
            if snapshot.record(table, key) != sealed(key, data):
                raise self._located(snapshot, (table, key, data), closed, transactions)
        if signed is None:
            raise _bad_note(snapshot, closed.height, said)

    def _signed_text(self, snapshot: Snapshot, height: int) -> str | None:
        """Return what the checkpoint of a block says, None if it is damaged or not signed."""
        key = height_key(height)
        record = snapshot.record(layout.NOTES, key)
        if record is None or sealed(key, record[CHECKSUM_BYTES:]) != record:
            return None
        try:
            return open_note(record[CHECKSUM_BYTES:], [self._key]).text
        except ProofRejected:
            return None

    def _records(self, closed: Closed, oldest: int) -> Iterator[Expected]:
        key = height_key(closed.height)
        yield layout.RESULTS, key, closed.result
        yield layout.BLOCKS, key, closed.block
        yield layout.IDENTITIES, key, closed.identities
        if closed.identities:
            yield layout.POSITIONS, height_key(self._replica.head.log_size), key
        for (level, index), tile in closed.tiles.items():
            # The others change again; the last of them are compared at the end.
            if len(tile) == TILE_BYTES:
                yield layout.TILES, tile_key(level, index), tile
        if closed.height >= oldest:
            yield from self._history(closed)

    def _history(self, closed: Closed) -> Iterator[Expected]:
        names = []
        for old, state, changed in (
            (layout.OLD_VALUES, self._replica.values, [name for name, _ in closed.values]),
            (layout.OLD_PAGES, self._replica.pages, list(closed.pages)),
        ):
            for name in changed:
                previous = old_key(name, closed.height)
                names.append((old, previous))
                yield old, previous, before_image(state.get(name))
        if names:
            yield layout.CHANGED, height_key(closed.height), layout.joined_names(names)

    def _located(
        self, snapshot: Snapshot, expected: Expected, closed: Closed, transactions: Sequence[Transaction]
    ) -> Diverged:
        table, key, data = expected
        concern: Concern | None = None
        first = self._replica.head.log_size
        index = _index(snapshot, expected, first)
        if index is not None and index < len(transactions):
            concern = concern_of(transactions[index], index, first + index)
            if table == layout.FACTS:
                concern = concern._replace(identity=int.from_bytes(key[-8:], "big"))
        return mismatch(snapshot, table, key, data, height=closed.height, concern=concern)


def _wrong_facts(snapshot: Snapshot, closed: Closed) -> list[Expected]:
    """Return the new facts if any of them is not stored as it must be: nearly always all are, and one look tells."""
    right = [(name, sealed(name, data)) for name, data in closed.facts]
    with snapshot.txn.cursor(db=snapshot.tables[layout.FACTS]) as cursor:
        found = cursor.getmulti([name for name, _ in right])
    return [] if found == right else [(layout.FACTS, name, data) for name, data in closed.facts]


def _index(snapshot: Snapshot, expected: Expected, first: int) -> int | None:
    """Return the index of the transaction to which the first byte that differs belongs."""
    table, key, data = expected
    if table == layout.FACTS:
        return (int.from_bytes(key[-8:], "big") >> 8) - first
    record = snapshot.record(table, key)
    at = difference(key, record, data).start - CHECKSUM_BYTES if record else -1
    if at < 0:
        return None
    if table == layout.IDENTITIES:
        return at // 40
    if table == layout.BLOCKS:
        return holder(transaction_spans(data), at)
    return part_of_result(data, at)[1] if table == layout.RESULTS else None


def _bad_note(snapshot: Snapshot, height: int, said: str) -> Diverged:
    key = height_key(height)
    record = snapshot.record(layout.NOTES, key)
    right = said.encode() + b"\n"
    if record is not None and not record[CHECKSUM_BYTES:].startswith(right):
        rest = record[CHECKSUM_BYTES + len(right) :]
        return mismatch(snapshot, layout.NOTES, key, right + rest, height=height)
    return damaged(snapshot, layout.NOTES, key, height=height, why="its signature does not hold")

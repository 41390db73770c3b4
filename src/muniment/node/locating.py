"""From a record that is not what it must be to a finding: which bytes, which transaction, which record or decision."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from muniment.core.block import Result, block_codec, receipt_codec, result_codec
from muniment.core.errors import Halted, Rejected
from muniment.core.transaction import Transaction, TransactionCodec, decode_envelope
from muniment.engines.verifying import check
from muniment.node.divergence import Diverged, Divergence, Kind
from muniment.node.spans import Span, elements
from muniment.storage import layout
from muniment.storage.checksums import CHECKSUM_BYTES, Repair, single_byte_repairs
from muniment.storage.datafile import StructureDamaged
from muniment.storage.evidence import Snapshot
from muniment.storage.layout import height_key, sealed, unsealed


class Concern(NamedTuple):
    """Which transaction of a block a finding concerns, as far as it can still be told."""

    number: int
    id: str | None = None
    identity: int | None = None
    types: tuple[str, ...] = ()


class Finding(NamedTuple):
    """What is known of a record that diverges, before it is put into words."""

    table: bytes
    key: bytes
    kind: Kind
    what: str
    span: Span | None = None
    height: int | None = None
    concern: Concern | None = None


def diverged(snapshot: Snapshot, finding: Finding) -> Diverged:
    """Return the error that carries a finding, with its place in the data file."""
    table, concern, span = finding.table.decode(), finding.concern, finding.span
    place = _place(snapshot, finding)
    where = [] if finding.height is None else [f"block {finding.height}"]
    if concern:
        about = ", ".join((*concern.types, *([f"id {concern.id}"] if concern.id else ())))
        where.append(f"transaction {concern.number}" + (f" ({about})" if about else ""))
    if concern and concern.identity is not None:
        where.append(f"identity {concern.identity}")
    where.append(f"table {table}" + ("" if span is None else f", bytes {span.start} to {span.end} of the record"))
    if place:
        where.append(f"bytes {place[0]} to {place[1]} of store/data.mdb")
    return Diverged(
        Divergence(
            kind=finding.kind,
            table=table,
            sentence=", ".join(where) + f": {finding.what}",
            key=finding.key.hex(),
            height=finding.height,
            record_bytes=None if span is None else (span.start, span.end),
            file_bytes=place,
            transaction=concern.number if concern else None,
            transaction_id=concern.id if concern else None,
            identity=concern.identity if concern else None,
            concerns=concern.types if concern else (),
        )
    )


def mismatch(
    snapshot: Snapshot,
    table: bytes,
    key: bytes,
    expected: bytes,
    *,
    height: int | None = None,
    concern: Concern | None = None,
) -> Diverged:
    """Return the finding for a record whose right content is known: the exact bytes that differ."""
    record = snapshot.record(table, key)
    if record is None:
        what = f"the record {key.hex()} is missing"
        return diverged(snapshot, Finding(table, key, "missing", what, height=height, concern=concern))
    right = sealed(key, expected)
    span = difference(key, record, expected)
    if _checksum_holds(key, record):
        kind: Kind = "rewritten"
        what = f"the checksum fits, and yet this is not what the log gives ({_shown(record, right, span)})"
    else:
        kind, what = "damaged", f"the checksum does not fit ({_shown(record, right, span)})"
    return diverged(snapshot, Finding(table, key, kind, what, span, height, concern))


def damaged(
    snapshot: Snapshot,
    table: bytes,
    key: bytes,
    *,
    height: int | None = None,
    why: str = "it cannot be read",
) -> Diverged:
    """Return the finding for a record that must be right by itself: its right content cannot be computed."""
    record = snapshot.record(table, key)
    if record is None:
        return diverged(snapshot, Finding(table, key, "missing", f"the record {key.hex()} is missing", height=height))
    whole = Span(0, len(record))
    if _checksum_holds(key, record):
        what = f"the checksum of the record fits, and yet {why}"
        return diverged(snapshot, Finding(table, key, "rewritten", what, whole, height))
    repair = next(single_byte_repairs(key, record), None)
    span = Span(repair.at, repair.at + 1) if repair else whole
    what = "the checksum does not fit" + (f" ({_byte(record, repair)})" if repair else "")
    return diverged(snapshot, Finding(table, key, "damaged", what, span, height))


def difference(key: bytes, record: bytes, expected: bytes) -> Span:
    """Return which bytes of a record are wrong; a checksum that fits the wrong bytes does not count."""
    if _checksum_holds(key, record):
        return _in_record(differing(record[CHECKSUM_BYTES:], expected))
    return differing(record, sealed(key, expected))


def differing(found: bytes, right: bytes) -> Span:
    """Return the smallest range of `found` outside of which it equals `right`."""
    shorter = min(len(found), len(right))
    start = next((at for at in range(shorter) if found[at] != right[at]), shorter)
    if len(found) != len(right):
        return Span(start, len(found))
    end = next(at for at in range(shorter, start, -1) if found[at - 1] != right[at - 1])
    return Span(start, end)


def part_of_result(encoded: bytes, at: int) -> tuple[str, int | None]:
    """Return which field of an encoded `Result` holds byte `at`, and the index of the transaction it belongs to."""
    for name, span in zip(Result.__struct_fields__, elements(encoded), strict=False):
        if span.start <= at < span.end:
            index = holder(elements(encoded, span.start), at) if name in ("receipts", "effects") else None
            return name, index
    return "", None


def holder(spans: list[Span], at: int) -> int | None:
    """Return the index of the span that holds byte `at`."""
    return next((index for index, span in enumerate(spans) if span.start <= at < span.end), None)


def transaction_spans(block: bytes) -> list[Span]:
    """Return where in an encoded `Block` its transactions stand, up to the first that is broken."""
    parts = elements(block)
    start = parts[1].end if len(parts) > 1 else 0
    return elements(block, start) if start and start < len(block) else []


def concern_of(transaction: Transaction, index: int, position: int) -> Concern:
    """Return what there is to say of a transaction that can be read."""
    types = tuple(str(type(message).__struct_config__.tag) for message in transaction.payload.messages)
    return Concern(index, transaction.id.hex(), position << 8, types)


class BlockLocator:
    """Finds what is wrong within one block's record of transactions.

    Args:
        snapshot: The look at the store.
        codec: Decoder of the chain's transactions.
        height: Of the block.
    """

    def __init__(self, snapshot: Snapshot, codec: TransactionCodec, height: int) -> None:
        self._snapshot = snapshot
        self._codec = codec
        self._height = height
        self._key = height_key(height)
        self._result = self._readable_result()

    def unreadable(self) -> Diverged:
        """Return the finding for a block that is missing, damaged or cannot be decoded."""
        record = self._snapshot.record(layout.BLOCKS, self._key)
        if record is None or _checksum_holds(self._key, record):
            return damaged(self._snapshot, layout.BLOCKS, self._key, height=self._height)
        for repair in single_byte_repairs(self._key, record):
            data = bytearray(record)
            data[repair.at] = repair.was
            if self._is_right(bytes(data[CHECKSUM_BYTES:])):
                return self._one_byte(record, bytes(data), repair)
        return self._by_transactions(record)

    def transaction(self, index: int, why: str, *, kind: Kind = "rewritten") -> Diverged:
        """Return the finding for a transaction that cannot have been accepted as it stands there."""
        record = self._snapshot.record(layout.BLOCKS, self._key) or b""
        spans = transaction_spans(record[CHECKSUM_BYTES:])
        span = _in_record(spans[index]) if index < len(spans) else None
        return self._found(kind, why, span, self._stored_concern(index))

    def contradicted(self, transactions: Sequence[Transaction], why: str) -> Diverged:
        """Return the finding for a block that its signed checkpoint contradicts."""
        receipts = self._receipts()
        if receipts is not None and len(receipts) == len(transactions):
            for index, (transaction, receipt) in enumerate(zip(transactions, receipts, strict=True)):
                if transaction.id != receipt:
                    return self.transaction(index, f"{why}; its receipt is for another transaction")
        return self._found("rewritten", why, None, None)

    def _readable_result(self) -> Result | None:
        record = self._snapshot.record(layout.RESULTS, self._key)
        try:
            return result_codec.decode(unsealed(layout.RESULTS, self._key, record)) if record else None
        except (Halted, Rejected):
            return None

    def _receipts(self) -> list[bytes] | None:
        """Return the transaction ids that the block's receipts name."""
        try:
            return [receipt_codec.decode(one).transaction for one in self._result.receipts] if self._result else None
        except Rejected:
            return None

    def _is_right(self, data: bytes) -> bool:
        try:
            block = block_codec.decode(data)
            ids = [_id(raw) for raw in block.transactions]
        except Rejected:
            return False
        receipts = self._receipts()
        return block.height == self._height and receipts in (None, ids)

    def _one_byte(self, record: bytes, right: bytes, repair: Repair) -> Diverged:
        what = f"the checksum of the block does not fit ({_byte(record, repair)})"
        span = Span(repair.at, repair.at + 1)
        index = holder(transaction_spans(right[CHECKSUM_BYTES:]), repair.at - CHECKSUM_BYTES)
        if index is None:
            return self._found("damaged", what, span, None)
        (checked,) = check(self._codec, [block_codec.trusted(right[CHECKSUM_BYTES:]).transactions[index]])
        first = self._result.first if self._result else 0
        concern = (
            concern_of(checked, index, first + index)
            if isinstance(checked, Transaction) and self._result
            else self._stored_concern(index)
        )
        return self._found("damaged", what, span, concern)

    def _by_transactions(self, record: bytes) -> Diverged:
        """Find the first transaction that is not the one its receipt names, or whose signature does not hold."""
        data = record[CHECKSUM_BYTES:]
        spans = transaction_spans(data)
        receipts = self._receipts()
        for index, span in enumerate(spans):
            raw: Any = msgspec.msgpack.decode(data[span.start : span.end])
            good = isinstance(raw, bytes) and isinstance(check(self._codec, [raw])[0], Transaction)
            if not good or (receipts is not None and index < len(receipts) and _id(raw) != receipts[index]):
                what = "the checksum of the block does not fit, and this transaction is not the one that was accepted"
                return self._found("damaged", what, _in_record(span), self._stored_concern(index))
        what = "the checksum of the block does not fit; the transactions before these bytes are whole"
        start = spans[-1].end if spans else 0
        rest = Span(start + CHECKSUM_BYTES, len(record)) if start < len(data) else Span(0, CHECKSUM_BYTES)
        concern = self._stored_concern(len(spans)) if start < len(data) else None
        return self._found("damaged", what, rest, concern)

    def _stored_concern(self, index: int) -> Concern:
        """Return what the receipts and effects say of a transaction."""
        receipts = self._receipts()
        if self._result is None or receipts is None or index >= len(receipts):
            return Concern(index)
        identity = (self._result.first + index) << 8
        return Concern(index, receipts[index].hex(), identity, _event_types(self._result.effects[index]))

    def _found(self, kind: Kind, what: str, span: Span | None, concern: Concern | None) -> Diverged:
        return diverged(self._snapshot, Finding(layout.BLOCKS, self._key, kind, what, span, self._height, concern))


def _place(snapshot: Snapshot, finding: Finding) -> tuple[int, int] | None:
    try:
        place = snapshot.place(finding.table, finding.key)
    except StructureDamaged as error:
        return error.start, error.end
    if place is None:
        return None
    span = finding.span or Span(0, place.end - place.start)
    return place.start + span.start, place.start + span.end


def _checksum_holds(key: bytes, record: bytes) -> bool:
    return sealed(key, record[CHECKSUM_BYTES:]) == record


def _in_record(span: Span) -> Span:
    return Span(span.start + CHECKSUM_BYTES, span.end + CHECKSUM_BYTES)


def _id(raw: bytes) -> bytes:
    return sha256(decode_envelope(raw).payload).digest()


def _byte(record: bytes, repair: Repair) -> str:
    return f"one byte is 0x{record[repair.at]:02x} and was 0x{repair.was:02x}"


def _shown(found: bytes, right: bytes, span: Span) -> str:
    if len(found) != len(right):
        return f"{len(found)} bytes instead of {len(right)}"
    if span.end - span.start > 8:
        return f"{span.end - span.start} bytes"
    return f"0x{found[span.start : span.end].hex()} instead of 0x{right[span.start : span.end].hex()}"


def _event_types(effects: bytes) -> tuple[str, ...]:
    try:
        events: Any = msgspec.msgpack.decode(effects)
        return tuple(str(event["type"]) for _, event in events)
    except (msgspec.MsgspecError, TypeError, ValueError, KeyError):
        return ()

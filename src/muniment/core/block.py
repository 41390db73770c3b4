"""Blocks, receipts and the app hash: what is agreed on, and what it amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from muniment.core.codec import Codec, Wire

_APP_DOMAIN = b"muniment app v1\0"

#: The effects of a transaction that did nothing: an empty MessagePack array.
NO_EFFECTS = b"\x90"


class Receipt(Wire, frozen=True):
    """What became of a transaction: the leaf of the log.

    Args:
        transaction: Id, 32 bytes.
        height: Block that took it.
        time_ms: Time of that block, Unix milliseconds.
        code: 0, or the code of the rejection.
        data: What its handlers returned, encoded; empty if nothing.
        effects: SHA-256 of its encoded effects: the MessagePack array of [index of message, event], in order.
    """

    transaction: bytes
    height: int
    time_ms: int
    code: int
    data: bytes
    effects: bytes


class Block(Wire, frozen=True):
    """What was agreed: an order of transactions, and a time."""

    height: int
    time_ms: int
    transactions: tuple[bytes, ...]


class Result(Wire, frozen=True):
    """What executing a block gave.

    Args:
        height: Of the block.
        time_ms: Of the block.
        first: Position in the log of the first receipt.
        receipts: Encoded receipts, one a transaction.
        effects: Encoded effects, one a transaction.
        state_root: Root of the authenticated map afterwards.
        log_root: Root of the log afterwards.
        log_size: Size of the log afterwards.
    """

    height: int
    time_ms: int
    first: int
    receipts: tuple[bytes, ...]
    effects: tuple[bytes, ...]
    state_root: bytes
    log_root: bytes
    log_size: int

    @property
    def head(self) -> Head:
        """Where the ledger stood after this block."""
        return Head(self.height, self.time_ms, self.state_root, self.log_root, self.log_size)


class Head(NamedTuple):
    """Where a ledger stands after its latest block."""

    height: int
    time_ms: int
    state_root: bytes
    log_root: bytes
    log_size: int

    @property
    def app_hash(self) -> bytes:
        """What validators agree on at this head."""
        return app_hash(self.state_root, self.log_root, self.log_size)


receipt_codec: Codec[Receipt] = Codec(Receipt, what="the receipt")
block_codec: Codec[Block] = Codec(Block, what="the block", limit_bytes=1 << 30)
result_codec: Codec[Result] = Codec(Result, what="the result of a block", limit_bytes=1 << 30)


def app_hash(state_root: bytes, log_root: bytes, log_size: int) -> bytes:
    """Return H(state root, log root, log size): unchanged by an empty block."""
    return sha256(_APP_DOMAIN + state_root + log_root + log_size.to_bytes(8, "big")).digest()


def encode_effects(events: Sequence[bytes]) -> bytes:
    """Return the MessagePack array of events that are encoded already."""
    count = len(events)
    if count < 16:
        return bytes((0x90 | count,)) + b"".join(events)
    if count < 1 << 16:
        return b"\xdc" + count.to_bytes(2, "big") + b"".join(events)
    return b"\xdd" + count.to_bytes(4, "big") + b"".join(events)

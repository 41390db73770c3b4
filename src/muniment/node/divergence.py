"""What an audit found: the first place where a ledger is not what its log makes it."""

from __future__ import annotations

from typing import Literal

import msgspec

from muniment.core.errors import Halted

#: How the bytes differ from what they must be.
Kind = Literal["damaged", "rewritten", "missing", "surplus", "structure", "invariant"]


class Divergence(msgspec.Struct, frozen=True, kw_only=True):
    """The first divergence, as exactly as the evidence allows.

    Attributes:
        kind: "damaged": the checksum is wrong, so bytes changed beneath the ledger. "rewritten": the checksum is right
            and the content contradicts signatures, receipts or roots. "missing", "surplus": a record too few or too
            many. "structure": the data file is not one that LMDB could have written. "invariant": the state is what the
            log makes it, and a module says that it cannot be: a fault of the program.
        table: Table of the store, or the name of a file of the ledger.
        sentence: What is wrong, for people.
        key: Key of the record, in hex.
        height: Block concerned, if any.
        record_bytes: First byte within the record (its 4-byte checksum included), and the one after the last.
        file_bytes: The same, counted in `store/data.mdb`.
        transaction: Index within the block, from 0.
        transaction_id: In hex.
        identity: Of the record, decision or other fact concerned.
        concerns: Message types of the transaction, or event types if it cannot be read.
    """

    kind: Kind
    table: str
    sentence: str
    key: str = ""
    height: int | None = None
    record_bytes: tuple[int, int] | None = None
    file_bytes: tuple[int, int] | None = None
    transaction: int | None = None
    transaction_id: str | None = None
    identity: int | None = None
    concerns: tuple[str, ...] = ()


class Diverged(Halted):
    """The audit stops here: the ledger is not what its log makes it."""

    def __init__(self, divergence: Divergence) -> None:
        self.divergence = divergence
        super().__init__(divergence.sentence, recover="stop using the ledger and restore a copy that passes the audit")

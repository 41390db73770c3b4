"""What every engine offers: submit transactions, learn what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

import msgspec

from muniment.core.block import Head
from muniment.core.errors import Rejected, Unavailable


class Committed(msgspec.Struct, frozen=True, gc=False):
    """A transaction that is durable, and what it did.

    Attributes:
        height: Block that took it.
        position: Place of its receipt in the log.
        receipt: Encoded `Receipt`.
        effects: Encoded effects (the MessagePack array of its events).
    """

    height: int
    position: int
    receipt: bytes
    effects: bytes


#: What became of one transaction: durable; rejected and without a trace; or not written for want of room.
Outcome = Committed | Rejected | Unavailable


class Engine(Protocol):
    """An ordered, durable log of transactions and the state machine on top."""

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Queue encoded envelopes; the future holds one outcome each, in order, once all are durable or rejected.

        Args:
            transactions: Encoded envelopes.
            wait_s: How long to wait for room in the queue; None: not at all.

        Raises:
            Unavailable: the queue is full; says when to try again.
            Halted: the engine stopped.
        """

    def head(self) -> Head:
        """Return where the ledger stands."""

    def close(self) -> None:
        """Finish what is queued and stop."""

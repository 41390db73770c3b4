"""How the SDK reaches a ledger: in this process, or (later) over HTTP. Both give the same surface."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol

from muniment.core.proof import StateEntry
from muniment.core.state_proof import StateProof
from muniment.core.trust import Trust
from muniment.engines.contract import Outcome


class Evidence(NamedTuple):
    """What the ledger shows for one receipt at its head: the raw material of a proof file."""

    envelope: bytes
    receipt: bytes
    effects: bytes
    path: tuple[bytes, ...]
    checkpoint: str
    state: tuple[StateEntry, ...]


class Status(NamedTuple):
    """How a ledger is doing.

    Attributes:
        chain: Chain id.
        height: Latest block.
        time_ms: Its time.
        log_size: Receipts in the log.
        log_root: Its root.
        state_root: Root of the map.
        app_hash: Over all of it.
        pending: Transactions waiting.
        size_bytes: Of the store.
        engine: Name of the engine.
    """

    chain: str
    height: int
    time_ms: int
    log_size: int
    log_root: bytes
    state_root: bytes
    app_hash: bytes
    pending: int
    size_bytes: int
    engine: str

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.status(self)


class Link(Protocol):
    """A way to a ledger."""

    @property
    def chain(self) -> str:
        """Chain id."""

    @property
    def trust(self) -> Trust:
        """What its proofs are verified against."""

    def time_ms(self) -> int:
        """Return the time the next block would have, in Unix milliseconds: what expiries are held against."""

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Send encoded envelopes; see `Engine.submit`."""

    def query(self, module: str, query: str, /, **arguments: Any) -> Any:
        """Answer a query of a module."""

    def evidence(self, position: int, keys: Sequence[bytes]) -> Evidence:
        """Show the receipt at a position of the log, and entries of the map, at the head."""

    def state(self, keys: Sequence[bytes], *, height: int | None = None) -> StateProof:
        """Prove what the map holds under keys, or that it holds nothing, at the head or after the block of `height`."""

    def status(self) -> Status:
        """Tell how the ledger is doing."""

    def close(self) -> None:
        """Let go of it."""

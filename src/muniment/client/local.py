"""The way to a ledger in this process."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from muniment.client.link import Evidence, Status
from muniment.core import authmap, merkle, tiles
from muniment.core.codec import encode
from muniment.core.errors import Rejected, Unavailable
from muniment.core.proof import StateEntry
from muniment.core.state_proof import StateProof
from muniment.core.trust import Trust
from muniment.engines.contract import Outcome
from muniment.engines.embedded import now_ms
from muniment.node.observer import Observer
from muniment.storage.view import View


class PositionUnknown(Rejected, code=65):
    """A place in the log that nothing has taken yet."""

    position: int
    size: int
    text = "the log has {size} entries, there is none at {position}"
    fix = "use a number that the ledger gave you"


class Local:
    """A link to a node of this process."""

    def __init__(self, node: Observer) -> None:
        self.node = node
        self._closed = False

    @property
    def chain(self) -> str:
        """Chain id."""
        return self.node.chain

    @property
    def trust(self) -> Trust:
        """What its proofs are verified against."""
        return self.node.trust

    def time_ms(self) -> int:
        """Return the time the next block would have, in Unix milliseconds."""
        return max(now_ms(), self.node.head().time_ms)

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Send encoded envelopes; see `Engine.submit`."""
        return self.node.submit(transactions, wait_s=wait_s)

    def query(self, module: str, query: str, /, **arguments: Any) -> Any:
        """Answer a query of a module."""
        self._check_open()
        return self.node.query(module, query, **arguments)

    def evidence(self, position: int, keys: Sequence[bytes]) -> Evidence:
        """Show the receipt at a position of the log, and entries of the map, at the head.

        Raises:
            PositionUnknown: the log is not that long.
        """
        self._check_open()
        with self.node.view() as view:
            head = view.head()
            result = view.result_of(position) if 0 <= position < head.log_size else None
            if result is None:
                raise PositionUnknown(position=position, size=head.log_size)
            at = position - result.first
            path = merkle.inclusion_proof(position, head.log_size, lambda level, i: tiles.node(level, i, view.tile))
            return Evidence(
                envelope=view.block(result.height).transactions[at],
                receipt=result.receipts[at],
                effects=result.effects[at],
                path=tuple(path),
                checkpoint=view.note(head.height),
                state=tuple(_entry(view, key) for key in keys),
            )

    def state(self, keys: Sequence[bytes], *, height: int | None = None) -> StateProof:
        """Prove what the map holds under keys, or that it holds nothing, at the head or after the block of `height`.

        Raises:
            HeightUnknown: not reached yet, or no longer kept.
        """
        self._check_open()
        with self.node.view(height) as view:
            note = view.note(view.head().height)
            return StateProof(self.chain, note, tuple(_entry(view, key) for key in keys))

    def status(self) -> Status:
        """Tell how the ledger is doing."""
        self._check_open()
        head = self.node.head()
        return Status(
            chain=self.chain,
            height=head.height,
            time_ms=head.time_ms,
            log_size=head.log_size,
            log_root=head.log_root,
            state_root=head.state_root,
            app_hash=head.app_hash,
            pending=self.node.pending,
            size_bytes=self.node.store.size_bytes(),
            engine=self.node.engine_name,
        )

    def close(self) -> None:
        """Finish what is queued and close the ledger."""
        self._closed = True
        self.node.close()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the ledger is closed: open it again")


def _entry(view: View, key: bytes) -> StateEntry:
    return StateEntry(key, view.value_bytes(key), encode(authmap.prove(view.page, key)))

"""Re-execute a ledger from its first page and hold every stored record against what comes out."""

from __future__ import annotations

from collections.abc import Callable

from muniment.core.chain import close
from muniment.core.errors import Halted, Rejected
from muniment.core.machine import Machine, Moment
from muniment.core.state import Bottom
from muniment.core.transaction import Transaction
from muniment.engines.verifying import Verifiers
from muniment.node.audit_tables import check_tables
from muniment.node.comparing import Comparison
from muniment.node.divergence import Diverged, Divergence
from muniment.node.genesis import Genesis, close_genesis
from muniment.node.locating import BlockLocator
from muniment.node.reading import Read, newest_height, oldest_change, read_blocks
from muniment.node.replica import Replica
from muniment.storage import layout
from muniment.storage.evidence import Evidence, Snapshot

#: So many blocks are audited in one look at the store: a longer look would keep a writer from reusing space.
_LOOK_BLOCKS = 64
#: After so many bytes of blocks what was read is given back: LMDB maps it, and the system counts it as memory.
_RELEASE_BYTES = 16 << 20


class Auditor:
    """One audit of one store.

    Args:
        genesis: Of the ledger, as it was read.
        machine: The state machine.
        threads: That check signatures; None for one a core.
        progress: Told blocks audited and blocks in all.
    """

    def __init__(
        self,
        genesis: Genesis,
        machine: Machine,
        *,
        threads: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.replica = Replica()
        self.signatures = 0
        self._read_bytes = 0
        self._genesis = genesis
        self._machine = machine
        self._codec = machine.codec(genesis.chain)
        self._comparison = Comparison(self.replica, self._codec, log_key=genesis.log_key)
        self._threads = threads
        self._progress = progress or (lambda _done, _all: None)

    def run(self, evidence: Evidence) -> None:
        """Audit everything, up to the block that is the last when the audit comes to it.

        Raises:
            Diverged: at the first divergence.
        """
        verifiers = Verifiers(self._codec, threads=self._threads)
        try:
            with evidence.snapshot() as snapshot:
                if _is_unused(snapshot):
                    return
                self._begin(snapshot)
                target = newest_height(snapshot)
            while self._look(evidence, verifiers, target):
                pass
        finally:
            verifiers.close()

    def _begin(self, snapshot: Snapshot) -> None:
        closed = close_genesis(self._genesis, self._machine, self.replica.trees)
        self._comparison.check(snapshot, closed, [])
        self.replica.apply(closed)

    def _look(self, evidence: Evidence, verifiers: Verifiers, target: int) -> bool:
        """Audit some blocks in one look at the store; returns whether there is more to do."""
        height = self.replica.head.height
        if self._read_bytes > _RELEASE_BYTES:
            evidence.release()
            self._read_bytes = 0
        with evidence.snapshot() as snapshot:
            newest = newest_height(snapshot)
            # Looks are short until the head of the beginning is near; the last one is held to the end.
            more = height + _LOOK_BLOCKS < min(target, newest)
            self.replica.view = snapshot
            for read in read_blocks(snapshot, verifiers, height + 1, height + _LOOK_BLOCKS if more else newest):
                self._block(snapshot, read)
                self._read_bytes += read.size_bytes
                self._progress(read.height, newest)
            self.replica.forget_before(oldest_change(snapshot))
            if not more:
                check_tables(snapshot, self.replica)
                self._check_invariants()
            return more

    def _check_invariants(self) -> None:
        try:
            self._machine.check_invariants(Bottom(self.replica))
        except Halted as broken:
            sentence = f"what the log makes of the state breaks an invariant: {broken}"
            raise Diverged(Divergence(kind="invariant", table="values", sentence=sentence)) from None

    def _block(self, snapshot: Snapshot, read: Read) -> None:
        replica = self.replica
        transactions = self._transactions(snapshot, read)
        moment = Moment(read.height, read.time_ms, replica.head.log_size)
        replica.window.expire(read.time_ms)
        executed = self._machine.execute(Bottom(replica), transactions, moment=moment, window=replica.window)
        for index, verdict in enumerate(executed.verdicts):
            if verdict is not None:
                why = f"the ledger would have refused it: {verdict}"
                raise BlockLocator(snapshot, self._codec, read.height).transaction(index, why)
        closed = close(executed, moment=moment, before=replica.head, trees=replica.trees)
        self._comparison.check(snapshot, closed, executed.kept)
        replica.apply(closed)

    def _transactions(self, snapshot: Snapshot, read: Read) -> list[Transaction]:
        """Return the transactions of a block whose form and signatures hold."""
        if read.block is None:
            raise BlockLocator(snapshot, self._codec, read.height).unreadable()
        if read.block.height != read.height or read.time_ms < self.replica.head.time_ms:
            why = f"it says height {read.block.height} and time {read.time_ms}, which cannot be"
            raise BlockLocator(snapshot, self._codec, read.height).contradicted([], why)
        found: list[Transaction] = []
        for index, one in enumerate(read.checked):
            if isinstance(one, Rejected):
                why = f"the checksum of the block fits, and yet this was never accepted: {one}"
                raise BlockLocator(snapshot, self._codec, read.height).transaction(index, why)
            found.append(one)
        self.signatures += len(found)
        return found


def _is_unused(snapshot: Snapshot) -> bool:
    """Answer whether the ledger was made and never opened: then there is not even a block 0."""
    return all(snapshot.count(table) == 0 for table in layout.TABLES if table != layout.META) and (
        snapshot.record(layout.META, b"height") is None
    )

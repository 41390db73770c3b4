"""The embedded engine: one process, group commit, one durable LMDB transaction a block.

Callers on any thread submit envelopes. Threads verify their signatures while the block before is executed. One
thread executes what is next in line as a block, writes it durably, and only then answers.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from muniment.core.block import Head
from muniment.core.chain import Trees, checkpoint, close
from muniment.core.errors import Halted, Rejected, Unavailable
from muniment.core.machine import Executed, Machine, Moment, Prepared
from muniment.core.note import Signer, sign_note
from muniment.core.state import Bottom
from muniment.core.transaction import WINDOW_MS, Transaction, Window
from muniment.engines.contract import Committed, Outcome
from muniment.engines.queue import Chunk, Intake, Ticket
from muniment.engines.verifying import CHUNK, CHUNK_BYTES, Verifiers
from muniment.storage.ledger_store import LedgerStore

_log = logging.getLogger("muniment")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the engine takes at a time.

    Attributes:
        block: Most transactions in a block.
        block_messages: Most messages in a block (one transaction with more still goes through).
        block_bytes: Most bytes of envelopes in a block (one larger transaction still goes through).
        queue: Most transactions waiting; a larger submission is taken only while nothing waits.
        queue_bytes: Most bytes waiting; likewise.
        verifiers: Threads that check signatures; None for one a core.
    """

    block: int = 2048
    block_messages: int = 8192
    block_bytes: int = 16 << 20
    queue: int = 65_536
    queue_bytes: int = 128 << 20
    verifiers: int | None = None


@dataclass
class Tally:
    """What the engine did since it was opened, for status and metrics; seconds of wall time by phase."""

    blocks: int = 0
    transactions: int = 0
    rejected: int = 0
    waiting_s: float = 0.0
    executing_s: float = 0.0
    models_s: float = 0.0
    writing_s: float = 0.0


def now_ms() -> int:
    """Return the time of the system's clock in Unix milliseconds."""
    return time.time_ns() // 1_000_000


class Embedded:
    """Order, execute and keep transactions in this process.

    Args:
        store: Open and writable, with block 0 written.
        machine: The state machine.
        chain: Chain id, also the origin of checkpoints.
        signer: Signs a checkpoint for every block.
        limits: See `Limits`.
        clock: Gives Unix milliseconds; block times never run backwards whatever it says.
    """

    def __init__(
        self,
        store: LedgerStore,
        machine: Machine,
        *,
        chain: str,
        signer: Signer,
        limits: Limits | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self.limits = limits or Limits()
        self.tally = Tally()
        self._store = store
        self._machine = machine
        machine.around_prepare = self._timed
        self._chain = chain
        self._signer = signer
        self._clock = clock
        self._pid = os.getpid()
        self._head = store.head()
        self._frontier = store.frontier()
        self._window = _recent(store, self._head)
        self._halted: Halted | None = None
        self._intake = Intake(limit=self.limits.queue, limit_bytes=self.limits.queue_bytes)
        self._verifiers = Verifiers(machine.codec(chain), threads=self.limits.verifiers)
        self._listeners: list[Callable[[Head], None]] = []
        self._thread = threading.Thread(target=self._run, name="muniment-blocks", daemon=True)
        self._thread.start()

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Queue encoded envelopes; see `Engine.submit`."""
        ticket = Ticket(len(transactions))
        if not transactions:
            ticket.future.set_result([])
            return ticket.future
        self._check_running()
        parts = _parts(transactions)
        waiting = [len(transactions), sum(size for _, size in parts)]
        self._intake.reserve(*waiting, wait_s=wait_s)
        try:
            for part, size in parts:
                self._intake.put(Chunk(ticket, self._verifiers.submit(part), len(part), size))
                waiting[0] -= len(part)
                waiting[1] -= size
        except BaseException as error:
            # Interrupted half-way: what was put goes its way, the rest was never taken.
            self._intake.give_back(*waiting)
            ticket.fail(error)
            if isinstance(error, RuntimeError):
                raise Unavailable(f"the ledger takes nothing now: {error}") from None
            raise
        if self._halted:
            # The engine stopped in the meantime, perhaps before it could see this submission.
            ticket.fail(_again(self._halted))
        return ticket.future

    def head(self) -> Head:
        """Return where the ledger stands."""
        return self._head

    @property
    def pending(self) -> int:
        """How many transactions wait."""
        return len(self._intake)

    def on_block(self, listener: Callable[[Head], None]) -> None:
        """Call `listener` on the engine's thread after each durable block.

        It must be quick; what it raises is logged and changes nothing.
        """
        self._listeners.append(listener)

    def close(self) -> None:
        """Finish what is queued and stop."""
        self._intake.close()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._verifiers.close()

    def _check_running(self) -> None:
        if self._halted:
            raise _again(self._halted)
        if os.getpid() != self._pid:
            raise Unavailable("the ledger was opened before this process was forked: open it in one process only")

    def _run(self) -> None:
        while True:
            began = time.perf_counter()
            chunks = self._intake.take(limit=self.limits.block, limit_bytes=self.limits.block_bytes)
            if not chunks:
                return
            try:
                self._settle(chunks, began)
            except BaseException as error:  # noqa: BLE001 - the engine must answer everybody before it stops
                self._halt(error, chunks)
                return
            self._intake.release(chunks, took_s=time.perf_counter() - began)

    def _settle(self, chunks: list[Chunk], began: float) -> None:
        checked = [chunk.checked.result() for chunk in chunks]
        self.tally.waiting_s += time.perf_counter() - began
        ready = [one for part in checked for one in part if isinstance(one, Transaction)]
        outcomes = iter([outcome for block in _blocks(ready, self.limits) for outcome in self._decided(block)])
        for chunk, part in zip(chunks, checked, strict=True):
            told: list[Outcome] = [one if isinstance(one, Rejected) else next(outcomes) for one in part]
            self.tally.rejected += sum(isinstance(one, Rejected) for one in told)
            chunk.ticket.add(told)

    def _decided(self, block: list[Transaction]) -> list[Outcome]:
        """Execute transactions as one block and write it; return what became of each."""
        began = time.perf_counter()
        try:
            executed, moment = self._execute(block)
            ran = time.perf_counter()
            if executed.kept:
                self._commit(executed, moment)
        except Unavailable as full:
            return [type(full)(full.reason, retry_after_ms=full.retry_after_ms) for _ in block]
        self.tally.executing_s += ran - began
        self.tally.writing_s += time.perf_counter() - ran
        self.tally.transactions += len(executed.kept)
        return list(_outcomes(executed, moment))

    def _execute(self, ready: list[Transaction]) -> tuple[Executed, Moment]:
        moment = Moment(self._head.height + 1, max(self._clock(), self._head.time_ms), self._head.log_size)
        with self._store.view() as view:
            executed = self._machine.execute(Bottom(view), ready, moment=moment, window=self._window)
        return executed, moment

    def _commit(self, executed: Executed, moment: Moment) -> None:
        with self._store.writer() as writer:
            trees = Trees(self._frontier, writer.tile, writer.page)
            closed = close(executed, moment=moment, before=self._head, trees=trees)
            note = sign_note(checkpoint(closed.head, origin=self._chain).encode(), [self._signer])
            writer.write(closed, note=note, keep_blocks=self._store.keep_blocks)
        self._head, self._frontier = closed.head, closed.frontier
        # Only durable blocks move the window: it stays a function of the log, whatever the clock does meanwhile.
        self._window.expire(closed.head.time_ms)
        for transaction, spent in zip(executed.kept, executed.spent, strict=True):
            if spent:
                self._window.add(transaction.id, transaction.payload.expires_ms)
        self.tally.blocks += 1
        self._tell(closed.head)

    def _tell(self, head: Head) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(head)
            except Exception:  # noqa: BLE001 - the block is durable, whatever a listener makes of it
                _log.exception("a listener failed at block %d", head.height)

    def _timed(self, prepare: Callable[[], Prepared]) -> Prepared:
        began = time.perf_counter()
        try:
            return prepare()
        finally:
            self.tally.models_s += time.perf_counter() - began

    def _halt(self, error: BaseException, chunks: list[Chunk]) -> None:
        _log.critical("the engine stopped", exc_info=error)
        if isinstance(error, Halted):
            self._halted = error
        else:
            self._halted = Halted(
                f"the engine failed unexpectedly: {type(error).__name__}: {error}",
                recover="reopen the ledger (what was acknowledged is safe) and report this with the log",
            )
        self._intake.close()
        for chunk in (*chunks, *self._intake.drain()):
            chunk.ticket.fail(_again(self._halted))


def _again(halted: Halted) -> Halted:
    # A fresh one each time: a shared exception would collect the trace of everybody it is raised to.
    return Halted(halted.reason, recover=halted.recover)


def _parts(transactions: Sequence[bytes]) -> list[tuple[Sequence[bytes], int]]:
    """Cut a submission into chunks of at most `CHUNK` transactions and `CHUNK_BYTES` bytes (but at least one).

    Returns:
        Each chunk, and its size in bytes.
    """
    parts: list[tuple[Sequence[bytes], int]] = []
    start = size = 0
    for at, raw in enumerate(transactions):
        if at > start and (at - start == CHUNK or size + len(raw) > CHUNK_BYTES):
            parts.append((transactions[start:at], size))
            start, size = at, 0
        size += len(raw)
    return [*parts, (transactions[start:], size)]


def _blocks(ready: list[Transaction], limits: Limits) -> Iterator[list[Transaction]]:
    """Cut what is ready into blocks that do not exceed the limit of messages."""
    block: list[Transaction] = []
    messages = 0
    for transaction in ready:
        count = len(transaction.payload.messages)
        if block and messages + count > limits.block_messages:
            yield block
            block, messages = [], 0
        block.append(transaction)
        messages += count
    if block:
        yield block


def _outcomes(executed: Executed, moment: Moment) -> Iterator[Outcome]:
    place = 0
    for verdict in executed.verdicts:
        if verdict is not None:
            yield verdict
        else:
            yield Committed(moment.height, moment.position + place, executed.receipts[place], executed.effects[place])
            place += 1


def _recent(store: LedgerStore, head: Head) -> Window:
    window = Window()
    with store.view() as view:
        height = head.height
        while height > 0:
            if view.result(height).time_ms < head.time_ms - WINDOW_MS:
                break
            blob = view.identities(height)
            for at in range(0, len(blob), 40):
                window.add(blob[at : at + 32], int.from_bytes(blob[at + 32 : at + 40], "big"))
            height -= 1
    return window

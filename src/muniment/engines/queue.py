"""The bounded queue between those who submit and the thread that makes blocks."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import NamedTuple

from muniment.core.errors import Unavailable
from muniment.engines.contract import Outcome
from muniment.engines.verifying import Checked


class Ticket:
    """A submission: filled chunk by chunk, answered when the last of it is settled."""

    def __init__(self, count: int) -> None:
        self.future: Future[list[Outcome]] = Future()
        # What was submitted cannot be taken back, so its future cannot be cancelled.
        self.future.set_running_or_notify_cancel()
        self.outcomes: list[Outcome] = []
        self._count = count

    def add(self, outcomes: list[Outcome]) -> None:
        """Add the outcomes of the next chunk."""
        self.outcomes += outcomes
        if len(self.outcomes) == self._count and not self.future.done():
            self.future.set_result(self.outcomes)

    def fail(self, error: BaseException) -> None:
        """Answer with an error: the engine stopped, or the submission broke off, and the rest is not known."""
        # The engine and a late submitter may both say so: the first counts.
        with suppress(InvalidStateError):
            self.future.set_exception(error)


class Chunk(NamedTuple):
    """Part of a submission, being checked."""

    ticket: Ticket
    checked: Future[list[Checked]]
    transactions: int
    size_bytes: int


class Intake:
    """First in, first out, bounded by transactions and bytes.

    Args:
        limit: Most transactions waiting.
        limit_bytes: Most bytes waiting.
    """

    def __init__(self, *, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._chunks: deque[Chunk] = deque()
        self._changed = threading.Condition()
        self._count = 0
        self._bytes = 0
        self._closed = False
        self._rate = 5_000.0

    def __len__(self) -> int:
        return self._count

    def reserve(self, count: int, size_bytes: int, *, wait_s: float | None) -> None:
        """Make room for a submission, or raise `Unavailable` with a hint when to come back."""
        with self._changed:
            fits = self._changed.wait_for(lambda: self._closed or self._fits(count, size_bytes), timeout=wait_s or 0.0)
            if self._closed:
                raise Unavailable("the ledger is closed: open it again")
            if not fits:
                hint = max(1, round(1000 * self._count / self._rate))
                raise Unavailable(f"the queue is full ({self._count} transactions wait)", retry_after_ms=hint)
            self._count += count
            self._bytes += size_bytes

    def put(self, chunk: Chunk) -> None:
        """Queue a chunk whose room was reserved."""
        with self._changed:
            self._chunks.append(chunk)
            self._changed.notify_all()

    def take(self, *, limit: int, limit_bytes: int) -> list[Chunk]:
        """Wait for work and return chunks for one block, oldest first; none once the queue is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._chunks or (self._closed and self._count == 0))
            taken: list[Chunk] = []
            count = size = 0
            while self._chunks:
                first = self._chunks[0]
                if taken and (count + first.transactions > limit or size + first.size_bytes > limit_bytes):
                    break
                taken.append(self._chunks.popleft())
                count += first.transactions
                size += first.size_bytes
            return taken

    def release(self, chunks: list[Chunk], *, took_s: float) -> None:
        """Give back the room of settled chunks; `took_s` feeds the retry hint."""
        count = sum(chunk.transactions for chunk in chunks)
        if took_s > 0 and count > 1:
            self._rate = 0.8 * self._rate + 0.2 * count / took_s
        self.give_back(count, sum(chunk.size_bytes for chunk in chunks))

    def give_back(self, count: int, size_bytes: int) -> None:
        """Give back room that was reserved."""
        with self._changed:
            self._count = max(0, self._count - count)
            self._bytes = max(0, self._bytes - size_bytes)
            self._changed.notify_all()

    def close(self) -> None:
        """Take no more submissions."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def drain(self) -> list[Chunk]:
        """Return and forget everything that waits (the engine halted)."""
        with self._changed:
            chunks = list(self._chunks)
            self._chunks.clear()
            self._count = self._bytes = 0
            return chunks

    def _fits(self, count: int, size_bytes: int) -> bool:
        if self._count == 0:
            return True
        return self._count + count <= self._limit and self._bytes + size_bytes <= self._limit_bytes

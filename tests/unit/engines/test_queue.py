from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

import pytest

from muniment.core.errors import Halted, Rejected, Unavailable
from muniment.core.transaction import Duplicate
from muniment.engines.queue import Chunk, Intake, Ticket
from muniment.engines.verifying import Checked


@dataclass
class Made:
    """A chunk of so many transactions and bytes."""

    transactions: int
    size_bytes: int = 0

    def chunk(self) -> Chunk:
        checked: Future[list[Checked]] = Future()
        return Chunk(Ticket(self.transactions), checked, self.transactions, self.size_bytes)


def put(intake: Intake, *made: Made) -> None:
    for one in made:
        intake.reserve(one.transactions, one.size_bytes, wait_s=None)
        intake.put(one.chunk())


def duplicate() -> Rejected:
    return Duplicate(transaction="00")


def test_a_ticket_is_answered_when_its_last_chunk_is() -> None:
    ticket = Ticket(3)
    ticket.add([duplicate(), duplicate()])
    assert not ticket.future.done()
    ticket.add([duplicate()])
    assert len(ticket.future.result(timeout=0)) == 3


def test_a_ticket_cannot_be_cancelled() -> None:
    assert not Ticket(1).future.cancel()


def test_the_first_answer_counts() -> None:
    ticket = Ticket(1)
    ticket.add([duplicate()])
    ticket.fail(Halted("too late", recover="nothing"))
    assert isinstance(ticket.future.result(timeout=0)[0], Duplicate)


def test_chunks_come_out_in_order_up_to_the_limits() -> None:
    intake = Intake(limit=100, limit_bytes=1_000)
    put(intake, Made(3, 30), Made(3, 30), Made(3, 30), Made(1, 900))
    assert [c.transactions for c in intake.take(limit=6, limit_bytes=1_000)] == [3, 3]
    assert [c.transactions for c in intake.take(limit=6, limit_bytes=100)] == [3]
    assert [c.transactions for c in intake.take(limit=6, limit_bytes=100)] == [1]


def test_room_is_given_back_when_chunks_are_settled() -> None:
    intake = Intake(limit=5, limit_bytes=1_000)
    put(intake, Made(5))
    with pytest.raises(Unavailable):
        intake.reserve(1, 0, wait_s=None)
    intake.release(intake.take(limit=5, limit_bytes=1), took_s=0.1)
    assert len(intake) == 0
    put(intake, Made(5))


def test_a_closed_intake_takes_no_more_and_ends_when_empty() -> None:
    intake = Intake(limit=5, limit_bytes=1_000)
    put(intake, Made(2))
    intake.close()
    with pytest.raises(Unavailable):
        intake.reserve(1, 0, wait_s=10)
    chunks = intake.take(limit=5, limit_bytes=10)
    assert len(chunks) == 1
    intake.release(chunks, took_s=0.1)
    assert intake.take(limit=5, limit_bytes=10) == []

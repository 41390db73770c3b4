from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.harness.ledger import (
    WAIT_S,
    amendment,
    anchor,
    anchors,
    commit,
    ledger,
    registrations,
    sign,
    stalled,
    submit,
    wallet,
)

from muniment.core.block import Head, receipt_codec
from muniment.core.errors import Halted, Rejected, Unavailable
from muniment.core.transaction import (
    MAX_ENVELOPE_BYTES,
    WINDOW_MS,
    Duplicate,
    Expired,
    ExpiryTooFar,
    ForeignChain,
    Oversized,
    SignatureInvalid,
)
from muniment.engines.contract import Committed, Outcome
from muniment.engines.embedded import Limits
from muniment.modules.records.errors import RecordUnknown

ANN = wallet("ann")


class Clock:
    """A clock that a test sets."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


def test_what_is_acknowledged_is_in_the_log(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        done = commit(node, anchors(node, ANN, count=5))
        with node.view() as view:
            for outcome in done:
                result = view.result(outcome.height)
                at = outcome.position - result.first
                assert result.receipts[at] == outcome.receipt
                assert result.effects[at] == outcome.effects
        assert [outcome.position for outcome in done] == list(range(5))


def test_outcomes_come_in_the_order_of_submission(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        good = anchors(node, ANN, count=300)
        bad = amendment(node, ANN, 10**9)
        outcomes = submit(node, [*good[:150], bad, *good[150:]])
        assert isinstance(outcomes[150], RecordUnknown)
        assert [type(one) for one in outcomes].count(Committed) == 300


def test_nothing_submitted_is_answered_at_once(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        assert node.engine.submit([]).result(timeout=WAIT_S) == []


def test_rejected_transactions_make_no_block(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        before = node.engine.head()
        (outcome,) = submit(node, [amendment(node, ANN, 10**9)])
        assert isinstance(outcome, RecordUnknown)
        assert node.engine.head() == before


def test_what_waits_goes_into_one_block(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        with stalled(node):
            waiting = [node.engine.submit([one]) for one in anchors(node, ANN, count=40)]
            assert node.engine.pending >= 40
        heights = {one.height for future in waiting for one in settled(future)}
        assert len(heights) == 1


def test_blocks_are_bounded(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger", limits=Limits(block=7)) as node:
        with stalled(node):
            waiting = [node.engine.submit([one]) for one in anchors(node, ANN, count=20)]
        heights = [one.height for future in waiting for one in settled(future)]
        assert max(heights.count(height) for height in set(heights)) == 7


def test_a_full_queue_refuses_with_a_hint(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger", limits=Limits(queue=10)) as node:
        envelopes = anchors(node, ANN, count=20)
        with stalled(node):
            first = node.engine.submit(envelopes[:9])
            with pytest.raises(Unavailable) as caught:
                node.engine.submit(envelopes[9:])
            assert (caught.value.retry_after_ms or 0) >= 1
            with pytest.raises(Unavailable):
                node.engine.submit(envelopes[9:], wait_s=0.05)
        assert len(settled(first)) == 9
        commit(node, envelopes[9:])


def test_a_full_queue_is_bounded_in_bytes_too(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger", limits=Limits(queue_bytes=1_000)) as node:
        envelopes = anchors(node, ANN, count=20)
        with stalled(node), pytest.raises(Unavailable):
            node.engine.submit(envelopes)


def test_who_waits_gets_in_when_there_is_room(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger", limits=Limits(queue=10)) as node, ThreadPoolExecutor(1) as pool:
        with stalled(node):
            waiting = pool.submit(node.engine.submit, anchors(node, ANN, count=10), wait_s=WAIT_S)
        assert len(settled(waiting.result(timeout=WAIT_S))) == 10


def test_a_submission_larger_than_the_queue_goes_alone(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger", limits=Limits(queue=10, block=5)) as node:
        assert len(commit(node, anchors(node, ANN, count=200))) == 200


def test_many_threads_share_a_ledger(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        parts = [anchors(node, wallet(f"writer {n}"), count=30) for n in range(8)]
        with ThreadPoolExecutor(8) as pool:
            outcomes = [one for part in pool.map(lambda part: commit(node, part), parts) for one in part]
        assert sorted(one.position for one in outcomes) == list(range(240))


def test_asyncio_callers_share_a_ledger(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:

        async def write(name: str) -> list[Outcome]:
            envelopes = anchors(node, wallet(name), count=10)
            return await asyncio.wrap_future(node.engine.submit(envelopes))

        async def everybody() -> list[list[Outcome]]:
            return await asyncio.gather(*(write(f"writer {n}") for n in range(8)))

        outcomes = [one for part in asyncio.run(everybody()) for one in part]
        assert sum(isinstance(one, Committed) for one in outcomes) == 80


def test_a_caller_who_gives_up_stops_nothing(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        envelopes = anchors(node, ANN, count=1)

        async def impatient() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.wrap_future(node.engine.submit(envelopes)), timeout=0.01)

        with stalled(node):
            asyncio.run(impatient())
        commit(node, anchors(node, ANN, count=1))
        (again,) = submit(node, envelopes)
        assert isinstance(again, Duplicate)


def test_a_duplicate_is_refused_wherever_it_comes(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        (envelope,) = anchors(node, ANN, count=1)
        first, second = submit(node, [envelope, envelope])
        assert isinstance(first, Committed)
        assert isinstance(second, Duplicate)
        assert second.fields["transaction"] == receipt_codec.decode(first.receipt).transaction.hex()
        assert isinstance(submit(node, [envelope])[0], Duplicate)
    with ledger(tmp_path / "ledger") as node:
        assert isinstance(submit(node, [envelope])[0], Duplicate)
        assert node.engine.head().log_size == 1


def test_a_rejected_transaction_may_come_again(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        early = amendment(node, ANN, 0)
        assert isinstance(submit(node, [early])[0], RecordUnknown)
        commit(node, [sign(node.chain, ANN, anchor(0))])
        assert isinstance(submit(node, [early])[0], Committed)


def test_expiry_is_held_against_the_time_of_the_block(tmp_path: Path) -> None:
    clock = Clock()
    with ledger(tmp_path / "ledger", clock=clock) as node:
        late = sign(node.chain, ANN, anchor(0), expires_ms=clock.now_ms)
        far = sign(node.chain, ANN, anchor(1), expires_ms=clock.now_ms + WINDOW_MS + 1)
        last = sign(node.chain, ANN, anchor(2), expires_ms=clock.now_ms + WINDOW_MS)
        assert [type(one) for one in submit(node, [late, far, last])] == [Expired, ExpiryTooFar, Committed]
        clock.now_ms += WINDOW_MS - 1
        assert isinstance(submit(node, [last])[0], Duplicate)
        clock.now_ms += 1
        assert isinstance(submit(node, [last])[0], Expired)


def test_replays_are_refused_by_a_reopened_ledger_until_they_expire(tmp_path: Path) -> None:
    clock = Clock()
    with ledger(tmp_path / "ledger", clock=clock) as node:
        envelope = sign(node.chain, ANN, anchor(0), expires_ms=clock.now_ms + WINDOW_MS)
        commit(node, [envelope])
    for step, expected in ((WINDOW_MS - 1, Duplicate), (1, Expired)):
        clock.now_ms += step
        with ledger(tmp_path / "ledger", clock=clock) as node:
            assert isinstance(submit(node, [envelope])[0], expected)


def test_the_time_of_blocks_never_goes_back(tmp_path: Path) -> None:
    clock = Clock()
    times = []
    for step in (0, -60_000, 5, -1):
        clock.now_ms += step
        with ledger(tmp_path / "ledger", clock=clock) as node:
            commit(node, [sign(node.chain, ANN, anchor(0), expires_ms=clock.now_ms + 100_000)])
            times.append(node.engine.head().time_ms)
    assert times == sorted(times)


def test_envelopes_that_are_none_are_refused_one_by_one(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        (good,) = anchors(node, ANN, count=1)
        spoilt = good[:-1] + bytes((good[-1] ^ 1,))
        foreign = sign("another-chain", ANN, anchor(0))
        huge = bytes(MAX_ENVELOPE_BYTES + 1)
        outcomes = submit(node, [b"", b"\xc1", spoilt, foreign, huge, good])
        assert isinstance(outcomes[2], SignatureInvalid)
        assert isinstance(outcomes[3], ForeignChain)
        assert isinstance(outcomes[4], Oversized)
        assert all(isinstance(one, Rejected) for one in outcomes[:5])
        assert isinstance(outcomes[5], Committed)


def test_a_listener_that_fails_stops_nothing(tmp_path: Path) -> None:
    heads: list[Head] = []

    def fail(_head: Head) -> None:
        raise ZeroDivisionError

    with ledger(tmp_path / "ledger") as node:
        node.engine.on_block(fail)
        node.engine.on_block(heads.append)
        commit(node, anchors(node, ANN, count=1))
        commit(node, anchors(node, ANN, count=1))
        assert heads[-1] == node.engine.head()


def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        waiting = node.engine.submit(anchors(node, ANN, count=500))
    assert len(settled(waiting)) == 500
    with pytest.raises(Unavailable):
        node.engine.submit(anchors(node, ANN, count=1))


def test_closing_while_others_submit_answers_everybody(tmp_path: Path) -> None:
    done: list[Committed] = []
    begun = threading.Barrier(5)

    def write(name: str) -> None:
        begun.wait(WAIT_S)
        try:
            while True:
                done.extend(settled(node.engine.submit(anchors(node, wallet(name), count=3), wait_s=1)))
        except Unavailable:
            pass

    with ledger(tmp_path / "ledger") as node, ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, f"writer {n}") for n in range(4)]
        begun.wait(WAIT_S)
        commit(node, anchors(node, ANN, count=1))
        node.close()
        for writer in writers:
            writer.result(timeout=WAIT_S)
        size = node.engine.head().log_size
    assert sorted(one.position for one in done) == [n for n in range(size) if n in {one.position for one in done}]
    assert len(done) == size - 1


def test_a_halted_engine_answers_everybody_and_takes_no_more(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        (envelope,) = registrations(node, count=1)
        head = node.engine.head()

        def damaged(*_: object, **__: object) -> None:
            raise Halted("the disk is not what it was", recover="restore a copy")

        node.machine._authorize = damaged  # a fault in the middle of a block
        futures = [node.engine.submit([envelope]), *(_submitted(node.engine.submit, [envelope]) for _ in range(3))]
        for future in futures:
            with pytest.raises(Halted):
                future.result(timeout=WAIT_S)
        with pytest.raises((Halted, Unavailable)):
            node.engine.submit([envelope])
        assert node.engine.head() == head


def _submitted(submit_one: object, envelopes: list[bytes]) -> Future[list[Outcome]]:
    future: Future[list[Outcome]] = Future()
    try:
        return submit_one(envelopes)  # type: ignore[operator,no-any-return]
    except (Halted, Unavailable) as error:
        future.set_exception(Halted("refused", recover=str(error)))
        return future


def settled(future: Future[list[Outcome]]) -> list[Committed]:
    """Wait for a submission all of which must go through."""
    outcomes = future.result(timeout=WAIT_S)
    assert all(isinstance(one, Committed) for one in outcomes), outcomes
    return [one for one in outcomes if isinstance(one, Committed)]

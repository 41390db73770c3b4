"""One ledger, many callers: threads, asyncio, other processes, a full queue, a closed ledger."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.harness.ledger import anchor, sign, wallet
from tests.harness.sdk import ANN, BOB, OLGA, ROW, opened, score, screening

import muniment as mu
from muniment.client.ledger import Ledger
from muniment.client.local import Local
from muniment.core.errors import Unavailable
from muniment.engines.embedded import Limits
from muniment.modules.systems.errors import SystemIsStopped
from muniment.node.node import Node
from muniment.storage.errors import InUse, NotALedger


@contextmanager
def _held_up(ledger: Ledger) -> Iterator[None]:
    """Keep the engine from finishing its next block until the context ends."""
    assert isinstance(ledger.link, Local)
    assert isinstance(ledger.link.node, Node)
    engine = ledger.link.node.engine
    entered, release = threading.Event(), threading.Event()

    def wait(_: object) -> None:
        entered.set()
        release.wait(30)

    engine.on_block(wait)
    ledger.link.submit([sign(ledger.chain, ANN, anchor(10_000))])
    assert entered.wait(30)
    engine._listeners.remove(wait)
    try:
        yield
    finally:
        release.set()


def test_eight_threads_share_one_ledger(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger, operators=[wallet(f"thread {number}") for number in range(8)])

        def work(number: int) -> list[int]:
            me, found = wallet(f"thread {number}"), []
            for turn in range(10):
                found.append(ledger.decide(system, {"x0": turn / 10, "x1": number}, by=me).score)
                ledger.records.anchor([b"%d %d" % (number, turn)], by=me, name=f"{number} {turn}")
            return found + ledger.decide_many(system, [[1.0, float(number)]] * 20, by=me, batch=7).score

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(work, range(8)))
        for number, scores in enumerate(told):
            assert scores == [score(turn / 10, number) for turn in range(10)] + [score(1, number)] * 20
        assert ledger.status().log_size == 2 + 8 * 40


def test_asyncio_callers_share_one_ledger(tmp_path: Path) -> None:
    async def work(ledger: Ledger) -> list[Any]:
        system = screening(ledger)
        decisions = [ledger.decide_async(system, {"x0": n / 10, "x1": 1.0}, by=ANN) for n in range(50)]
        anchors = [ledger.transact_async(anchor(n), by=BOB) for n in range(50)]
        return await asyncio.gather(*decisions, *anchors)

    with opened(tmp_path / "ledger") as ledger:
        told = asyncio.run(work(ledger))
        assert [one.score for one in told[:50]] == [score(n / 10, 1) for n in range(50)]
        assert all(isinstance(one, mu.Receipt) for one in told[50:])
        assert ledger.status().log_size == 2 + 100


def test_a_rejection_reaches_the_asyncio_caller(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        ledger.systems.stop(system, by=OLGA, reason="drift")
        with pytest.raises(SystemIsStopped):
            asyncio.run(ledger.decide_async(system, ROW, by=ANN))


def test_a_caller_that_gives_up_does_no_harm(tmp_path: Path) -> None:
    async def impatient(ledger: Ledger) -> None:
        for number in range(20):
            task = asyncio.ensure_future(ledger.transact_async(anchor(number), by=ANN))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with opened(tmp_path / "ledger") as ledger:
        asyncio.run(impatient(ledger))
        ledger.records.anchor([b"row"], by=ANN, name="still there")
        assert ledger.status().log_size == 21


def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger", limits=Limits(block=4, queue=8)) as ledger:
        envelopes = [sign(ledger.chain, ANN, anchor(number)) for number in range(16)]
        with _held_up(ledger):
            waiting = ledger.link.submit(envelopes[:7])
            with pytest.raises(Unavailable) as caught:
                ledger.link.submit(envelopes[7:])
            with pytest.raises(Unavailable):
                asyncio.run(ledger.transact_async(anchor(99), by=ANN))
        assert caught.value.retry_after_ms is not None
        assert caught.value.retry_after_ms > 0
        assert len(waiting.result(30)) == 7
        assert ledger.link.submit(envelopes[7:], wait_s=30.0).result(30)
        assert ledger.status().log_size == 17


def test_reads_go_on_while_others_write(tmp_path: Path) -> None:
    done = threading.Event()
    seen: list[int] = []

    def read(ledger: Ledger) -> None:
        while not done.is_set():
            status = ledger.status()
            assert ledger.systems.get("screening").name == "screening"
            assert ledger.prove(f"transaction:{status.log_size - 1}").verify(ledger.trust).checkpoint.size > 0
            seen.append(status.log_size)

    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        with ThreadPoolExecutor(2) as pool:
            readers = [pool.submit(read, ledger) for _ in range(2)]
            ledger.decide_many(system, [ROW] * 400, by=ANN, batch=20)
            done.set()
            for reader in readers:
                reader.result()
    assert len(seen) > 2


CLOSED: dict[str, Callable[[Ledger], object]] = {
    "decide": lambda ledger: ledger.decide("screening", ROW, by=ANN),
    "anchor": lambda ledger: ledger.records.anchor([b"row"], by=ANN, name="late"),
    "submit": lambda ledger: ledger.submit([sign(ledger.chain, ANN, anchor(1))]),
    "query": lambda ledger: ledger.systems.list(),
    "status": lambda ledger: ledger.status(),
    "prove": lambda ledger: ledger.prove("decision:2"),
    "notebook": lambda ledger: ledger._repr_html_(),
    "asyncio": lambda ledger: asyncio.run(ledger.transact_async(anchor(1), by=ANN)),
}


@pytest.mark.parametrize("action", CLOSED)
def test_a_closed_ledger_says_so(action: str, tmp_path: Path) -> None:
    with mu.open(tmp_path / "ledger") as ledger:
        ledger.decide(screening(ledger), ROW, by=ANN)
    with pytest.raises(Unavailable):
        CLOSED[action](ledger)
    ledger.close()
    assert ledger.chain in repr(ledger)


def test_a_second_opening_is_refused_politely(tmp_path: Path) -> None:
    with mu.open(tmp_path / "ledger") as ledger:
        with pytest.raises(InUse) as caught:
            mu.open(tmp_path / "ledger")
        assert "share one ledger" in caught.value.reason
        ledger.records.anchor([b"row"], by=ANN, name="unharmed")
        script = (
            "import sys, muniment as mu\ntry: mu.open(sys.argv[1])\nexcept mu.Unavailable as e: print(type(e).__name__)"
        )
        other = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "ledger")], capture_output=True, text=True, check=True
        )
        assert other.stdout.strip() == "InUse"
    with mu.open(tmp_path / "ledger") as ledger:
        assert ledger.status().log_size == 1


def test_a_directory_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotALedger):
        mu.open(tmp_path)
    with pytest.raises(NotALedger):
        mu.open(tmp_path / "notes.txt")
    with pytest.raises(NotALedger):
        mu.open(tmp_path / "absent", create=False)
    assert not (tmp_path / "absent").exists()

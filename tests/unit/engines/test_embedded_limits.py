"""The engine at its edges: clocks that step, blocks that are too much, submissions that break off, late readers."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.harness.ledger import WAIT_S, amendment, anchor, anchors, commit, ledger, sign, submit, wallet

from muniment.core.errors import Halted, Rejected, Unavailable
from muniment.core.transaction import Duplicate, Expired
from muniment.engines.contract import Committed
from muniment.engines.embedded import Limits, _parts
from muniment.engines.verifying import CHUNK, CHUNK_BYTES
from muniment.node.audit import audit
from muniment.node.node import Node, create, open_node
from muniment.storage.ledger_store import LedgerStore

ANN = wallet("ann")
START_MS = 1_700_000_000_000


def opened(path: Path, now: list[int], **limits: int) -> Node:
    """Open a ledger whose clock is the first item of a list."""
    if not path.exists():
        create(path, name="edges", clock=lambda: now[0])
    node = open_node(path, limits=Limits(**limits))
    node.engine._clock = lambda: now[0]
    return node


def test_nothing_is_applied_twice_when_the_clock_steps_ahead_and_back(tmp_path: Path) -> None:
    now = [START_MS]
    node = opened(tmp_path / "ledger", now)
    once = sign(node.chain, ANN, anchor(1), expires_ms=START_MS + 60_000)
    verdicts = [type(submit(node, [once])[0]), type(submit(node, [once])[0])]
    now[0] += 120_000
    verdicts.append(type(submit(node, [once])[0]))
    now[0] -= 119_000
    verdicts.append(type(submit(node, [once])[0]))
    assert verdicts == [Committed, Duplicate, Expired, Duplicate]
    node.close()
    assert audit(tmp_path / "ledger").is_clean


def test_a_block_holds_no_more_messages_than_its_limit(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger", limits=Limits(block_messages=10)) as node:
        envelopes = [sign(node.chain, ANN, *(anchor(10 * n + at) for at in range(4))) for n in range(6)]
        done = commit(node, [*envelopes, sign(node.chain, ANN, *(anchor(900 + at) for at in range(25)))])
        with node.view() as view:
            sizes = [len(view.block(height).transactions) for height in range(1, view.head().height + 1)]
    assert len(done) == 7
    assert max(sizes) <= 2
    assert sum(sizes) == 7


def test_chunks_are_bounded_by_count_and_by_bytes() -> None:
    small, large = b"x" * 10, b"y" * (CHUNK_BYTES // 2 + 1)
    parts = _parts([*[small] * (CHUNK + 1), large, large, small])
    assert [len(part) for part, _ in parts] == [CHUNK, 2, 2]
    assert [size for _, size in parts] == [sum(map(len, part)) for part, _ in parts]
    assert [raw for part, _ in parts for raw in part] == [*[small] * (CHUNK + 1), large, large, small]


def test_a_submission_that_breaks_off_leaves_nothing_reserved_and_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ledger(tmp_path / "ledger") as node:
        honest = node.engine._verifiers.submit
        calls: list[int] = []

        def breaking(raws: Any) -> Any:
            calls.append(len(raws))
            if len(calls) == 2:
                raise KeyboardInterrupt
            return honest(raws)

        monkeypatch.setattr(node.engine._verifiers, "submit", breaking)
        with pytest.raises(KeyboardInterrupt):
            node.submit(anchors(node, ANN, count=CHUNK + 5))
        commit(node, anchors(node, ANN, count=3, first=500))
        assert node.head().log_size == CHUNK + 3
    assert node.engine.pending == 0


def test_a_halted_engine_answers_everybody_afresh_and_tells_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with ledger(tmp_path / "ledger") as node:

        def broken(*_: Any) -> Any:
            raise Halted("broken", recover="mend it")

        monkeypatch.setattr(node.engine, "_execute", broken)
        with pytest.raises(Halted):
            submit(node, anchors(node, ANN, count=3))
        raised = []
        for _ in range(3):
            with pytest.raises(Halted) as again:
                node.submit(anchors(node, ANN, count=1))
            raised.append(again.value)
        assert len({id(one) for one in raised}) == 3
        assert node.pending == 0
    assert caplog.records


def test_a_rejection_does_not_keep_its_block_in_memory(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        outcomes = submit(node, [amendment(node, ANN, 10**9), b"garbage"])
    for outcome in outcomes:
        assert isinstance(outcome, Rejected)
        assert outcome.__traceback__ is None
        assert outcome.__context__ is None


def test_closing_waits_for_readers_and_turns_later_ones_away_politely(tmp_path: Path) -> None:
    create(tmp_path / "ledger", name="edges")
    open_node(tmp_path / "ledger").close()
    store = LedgerStore(tmp_path / "ledger" / "store")
    looking, done = threading.Event(), threading.Event()
    heights: list[int] = []

    def look() -> None:
        with store.view() as view:
            looking.set()
            done.wait(WAIT_S)
            heights.append(view.head().height)

    reader = threading.Thread(target=look)
    reader.start()
    looking.wait(WAIT_S)
    closer = threading.Thread(target=store.close)
    closer.start()
    while not store._closed:
        pass
    with pytest.raises(Unavailable), store.view():
        pass
    done.set()
    reader.join(WAIT_S)
    closer.join(WAIT_S)
    assert heights == [0]


def _submit_in_child(node: Node, envelopes: list[bytes], said: Any) -> None:
    try:
        node.submit(envelopes)
    except Unavailable:
        said.put("unavailable")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_is_turned_away_instead_of_waiting_for_ever(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    said: Any = fork.Queue()
    with ledger(tmp_path / "ledger") as node:
        child = fork.Process(target=_submit_in_child, args=(node, anchors(node, ANN, count=1), said))
        child.start()
        assert said.get(timeout=WAIT_S) == "unavailable"
        child.join(WAIT_S)

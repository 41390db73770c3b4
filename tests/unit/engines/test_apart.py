"""Signature checks in other processes: the same verdicts, and nothing lost when a process is."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from tests.harness.ledger import WAIT_S, anchors, commit, ledger, wallet

from muniment import app
from muniment.core import keys
from muniment.core.transaction import SignatureInvalid, Transaction
from muniment.engines.apart import Child, ChildLost
from muniment.engines.verifying import CHUNK, CROWD, Verifiers, check

ANN = wallet("ann")
DIGEST = bytes(range(32))


def items(count: int = 10) -> list[keys.Signed]:
    good = (ANN.suite, ANN.public_key, DIGEST, ANN.sign(DIGEST))
    return [good if at % 3 else (*good[:3], bytes(64)) for at in range(count)]


def test_a_process_gives_the_same_verdicts() -> None:
    child = Child()
    try:
        for count in (0, 1, 300):
            assert child.verify_many(items(count)) == keys.verify_many(items(count))
    finally:
        child.close()


def test_a_lost_process_is_noticed() -> None:
    child = Child()
    os.kill(child._process.pid, signal.SIGKILL)
    child._process.wait()
    with pytest.raises(ChildLost):
        child.verify_many(items())
    child.close()


def test_without_an_interpreter_there_is_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(ChildLost):
        Child()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ChildLost):
        Child()
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(ChildLost):
        Child()


def test_threads_start_processes_only_when_work_piles_up(tmp_path: Path) -> None:
    interval = sys.getswitchinterval()
    with ledger(tmp_path / "ledger") as node:
        commit(node, anchors(node, ANN, count=2 * CHUNK))
        assert node.engine._verifiers.processes == 0
        commit(node, anchors(node, ANN, count=(CROWD + 20) * CHUNK, first=10_000))
        assert node.engine._verifiers.processes > 0
    assert sys.getswitchinterval() == interval


def test_what_a_lost_process_was_asked_is_checked_by_its_thread(caplog: pytest.LogCaptureFixture) -> None:
    codec = app.machine().codec("here")
    verifiers = Verifiers(codec, threads=1)
    verifiers._crowded = True
    from tests.harness.ledger import anchor, sign

    good, foreign = sign("here", ANN, anchor(1)), sign("here", ANN, anchor(2))
    bad = foreign[:-1] + bytes([foreign[-1] ^ 1])
    try:
        first = verifiers.submit([good, bad]).result(WAIT_S)
        os.kill(verifiers._children[0]._process.pid, signal.SIGKILL)
        verifiers._children[0]._process.wait()
        again = verifiers.submit([good, bad]).result(WAIT_S)
    finally:
        verifiers.close()
    for verdicts in (first, again, check(codec, [good, bad])):
        assert isinstance(verdicts[0], Transaction)
        assert isinstance(verdicts[1], SignatureInvalid)
    assert verifiers.processes == 1
    assert any("lost" in record.message for record in caplog.records)

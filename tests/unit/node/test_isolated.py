from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.harness.damage import flip, stored_records
from tests.harness.ledger import anchors, commit, fill, ledger, wallet

from muniment.node import isolated
from muniment.node.audit import audit
from muniment.node.isolated import audit_isolated
from muniment.storage import layout
from muniment.storage.errors import NotALedger


def test_an_isolated_audit_says_what_an_audit_says(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=2)
    told: list[tuple[int, int]] = []
    report = audit_isolated(tmp_path / "ledger", progress=lambda done, of: told.append((done, of)))
    assert report.is_clean
    assert told[-1] == (report.height, report.height)
    chosen = stored_records(tmp_path / "ledger", layout.FACTS)[3]
    flip(tmp_path / "ledger", chosen.place.end - 1, 1)
    assert audit_isolated(tmp_path / "ledger").divergence == audit(tmp_path / "ledger").divergence


def test_a_ledger_is_audited_while_this_process_writes_it(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=2)
        before = node.engine.head().height
        waiting = [node.engine.submit([one]) for one in anchors(node, wallet(), count=600)]
        report = audit_isolated(tmp_path / "ledger")
        commit(node, anchors(node, wallet(), count=1))
        assert all(future.done() for future in waiting)
    assert report.divergence is None
    assert report.height >= before


def test_what_is_no_ledger_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NotALedger):
        audit_isolated(tmp_path)


@pytest.mark.parametrize(
    "code",
    ["import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "raise SystemExit(3)", "import time; time.sleep(60)"],
)
def test_a_crash_or_a_hang_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(isolated, "_COMMAND", [sys.executable, "-c", code])
    report = audit_isolated(tmp_path, stall_s=2)
    assert report.divergence is not None
    assert report.divergence.kind == "structure"

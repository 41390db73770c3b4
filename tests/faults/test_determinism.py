"""The same log gives the same state, whatever the hash seed, the number of threads and how it is cut into blocks."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.harness.forks import ROOT
from tests.harness.ledger import anchor, ledger, sign, wallet

from muniment.client.wallet import Wallet
from muniment.core.codec import Wire
from muniment.modules.accounts.messages import RegisterAccount
from muniment.modules.records.messages import AmendRecord
from muniment.node.audit import audit
from muniment.node.node import create

TIME_MS = 1_700_000_000_000
#: Hash seed, verifier threads.
PROCESSES = [("1", 1), ("2", 2), ("1", 4)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A ledger that nobody has opened, and a log for it, part of which will be refused."""
    path = tmp_path_factory.mktemp("determinism") / "ledger"
    create(path, name="harness", clock=lambda: TIME_MS)
    shutil.copytree(path, path.with_name("probe"))
    with ledger(path.with_name("probe"), clock=lambda: TIME_MS) as node:
        chain = node.chain
    raws = [sign(chain, by, message, expires_ms=TIME_MS + 500_000, sequence=number) for by, message, number in _log()]
    random.Random(11).shuffle(raws)
    return path, [raw.hex() for raw in (*raws, *raws[:20])]


def _log() -> Iterator[tuple[Wallet, Wire, int | None]]:
    ann, bob = wallet("ann"), wallet("bob")
    for number in range(160):
        yield ann, anchor(number), None
    for number in range(40):
        by = wallet(f"member {number}")
        yield by, RegisterAccount(by.suite, by.public_key, f"member {number}"), None
    for number in range(60):
        yield ann, AmendRecord(number << 8, bytes([number]) * 32, rows=1, reason="a better version"), None
    for number in range(1, 9):
        yield bob, anchor(number), number


def replayed(prepared: tuple[Path, list[str]], tmp_path: Path, *, cut: int, process: tuple[str, int]) -> dict[str, Any]:
    """Execute the log in a new process, `cut` transactions a submission; returns what it came to."""
    original, raws = prepared
    path = tmp_path / "ledger"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(original, path)
    log = tmp_path / "log.json"
    log.write_text(json.dumps([raws[at : at + cut] for at in range(0, len(raws), cut)]))
    seed, threads = process
    task = {"path": str(path), "log": str(log), "time_ms": TIME_MS, "block": cut, "threads": threads}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.replaying", json.dumps(task)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
    )
    report = audit(path)
    assert report.is_clean, report.divergence
    said: dict[str, Any] = json.loads(done.stdout)
    assert (report.app_hash, report.transactions) == (said["app_hash"], said["size"])
    return said


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_the_same_blocks_give_the_same_bits(prepared: tuple[Path, list[str]], tmp_path: Path, cut: int) -> None:
    first, *others = (replayed(prepared, tmp_path, cut=cut, process=process) for process in PROCESSES)
    assert first["size"] > 200
    assert any(first["codes"])
    for other in others:
        assert other == first


def test_the_state_does_not_depend_on_how_the_log_is_cut(prepared: tuple[Path, list[str]], tmp_path: Path) -> None:
    first, *others = (replayed(prepared, tmp_path, cut=cut, process=("1", 2)) for cut in (1, 7, 2048))
    assert first["height"] > others[0]["height"] > others[1]["height"]
    for other in others:
        for same in ("state_root", "values", "facts", "codes", "size"):
            assert other[same] == first[same], same

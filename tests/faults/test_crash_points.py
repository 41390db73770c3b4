"""A process that ends after any step of creating, opening, writing or publishing leaves a whole ledger."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from tests.faults.crash_points import CRASHED
from tests.faults.jobs import NO_ROOM
from tests.faults.test_kill import check_survived
from tests.harness.damage import data_file
from tests.harness.forks import Forks

from muniment.node.audit import audit


def acknowledged(lines: list[str]) -> list[str]:
    return [one for line in lines for one in line.split()]


def test_a_creation_that_ends_anywhere_can_be_done_again(tmp_path: Path) -> None:
    points = 0
    with Forks() as forks:
        while True:
            points += 1
            path = tmp_path / f"ledger-{points}"
            child = forks.start("tests.faults.crash_points:crash_at", points, "make", str(path))
            status = child.wait()
            check_survived(path, acknowledged(child.lines))
            again = forks.run("tests.faults.jobs:make", str(path))
            check_survived(path, acknowledged(child.lines) + acknowledged(again.lines))
            if status == 0:
                break
            assert status == CRASHED, child.errors
    assert points > 60


def test_writing_that_ends_anywhere_loses_nothing(tmp_path: Path) -> None:
    points = 0
    with Forks() as forks:
        forks.run("tests.faults.jobs:write_some", str(tmp_path / "base"))
        while True:
            points += 1
            path = tmp_path / "ledger"
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(tmp_path / "base", path)
            child = forks.start("tests.faults.crash_points:crash_at", points, "write_some", str(path))
            status = child.wait()
            check_survived(path, acknowledged(child.lines))
            if status == 0:
                break
            assert status == CRASHED, child.errors
    assert points > 80


def test_a_commit_torn_within_a_write_is_undone(tmp_path: Path) -> None:
    torn = 0
    with Forks() as forks:
        forks.run("tests.faults.jobs:write_some", str(tmp_path / "base"))
        size = data_file(tmp_path / "base").stat().st_size
        for step in range(30):
            path = tmp_path / "ledger"
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(tmp_path / "base", path)
            child = forks.start("tests.faults.crash_points:tear_at", size + 700 * step + 1, str(path))
            # Ended by the signal, or by being told that a write was cut short.
            assert child.wait() in (-signal.SIGXFSZ, NO_ROOM), child.errors
            torn += data_file(path).stat().st_size % 4096 != 0
            check_survived(path, acknowledged(child.lines))
    assert torn
    assert audit(path).is_clean

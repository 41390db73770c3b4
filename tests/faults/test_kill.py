"""Kill -9 under load: nothing acknowledged is lost, nothing is there twice, and the ledger replays to its roots."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from tests.harness.damage import data_file
from tests.harness.forks import Forks

from muniment.node.audit import audit
from muniment.node.node import open_node
from muniment.storage.datafile import DataFile

LEDGERS = 26
KILLS = 4


def logged(path: Path) -> tuple[list[str], str]:
    """Open a ledger; return the ids of all transactions in its log, in order, and its app hash."""
    node = open_node(path)
    try:
        with node.view() as view:
            blobs = [view.identities(height) for height in range(view.head().height + 1)]
        app_hash = node.engine.head().app_hash.hex()
    finally:
        node.close()
    return [blob[at : at + 32].hex() for blob in blobs for at in range(0, len(blob), 40)], app_hash


def kill_once(forks: Forks, path: Path, dice: random.Random) -> list[str]:
    """Let a child write for a moment, kill it, and return what it said was durable."""
    child = forks.start("tests.faults.jobs:load", str(path), dice.randrange(1 << 30))
    # Opening takes some 10 ms: some kills hit it, most hit the load that follows, some a closing and opening again.
    time.sleep(dice.choice([dice.uniform(0.0, 0.02), dice.uniform(0.02, 0.1), dice.uniform(0.05, 0.25)]))
    child.kill()
    child.wait()
    return [one for line in child.lines for one in line.split()]


def check_survived(path: Path, acknowledged: list[str]) -> int:
    """Check a ledger after a kill; returns how many transactions it has."""
    if not data_file(path).exists():
        assert not acknowledged
        return 0
    report = audit(path)
    assert report.is_clean, report.divergence
    found, app_hash = logged(path)
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    assert report.transactions == len(found)
    # A clean replay comes to the roots that the ledger goes on from (opening writes block 0 if that was cut short).
    assert report.height < 0 or report.app_hash == app_hash
    return len(found)


def killed_many_times(tmp_path: Path, dice: random.Random, *, ledgers: int, kills: int) -> tuple[int, int]:
    """Kill the writers of some ledgers many times; returns kills that hit a ledger at work, and transactions."""
    effective = total = 0
    with Forks() as forks:
        for number in range(ledgers):
            path, acknowledged = tmp_path / f"ledger-{number}", []
            for _ in range(kills):
                said = kill_once(forks, path, dice)
                acknowledged += said
                effective += bool(said)
                size = check_survived(path, acknowledged)
            total += size
    return effective, total


def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path, dice: random.Random) -> None:
    effective, total = killed_many_times(tmp_path, dice, ledgers=LEDGERS, kills=KILLS)
    assert LEDGERS * KILLS >= 100
    assert effective > LEDGERS * KILLS // 3
    assert total > LEDGERS * KILLS


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_nothing_acknowledged_is_lost_by_many_kills(tmp_path: Path, dice: random.Random) -> None:
    killed_many_times(tmp_path, dice, ledgers=40, kills=50)


def test_a_killed_file_is_sound(tmp_path: Path, dice: random.Random) -> None:
    """A kill loses no pages either: every one is used or free."""
    with Forks() as forks:
        while not kill_once(forks, tmp_path / "ledger", dice):
            pass
    file = DataFile(data_file(tmp_path / "ledger"))
    assert file.newest().last_page > 2
    file.close()

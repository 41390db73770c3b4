"""A full disk refuses clearly, keeps what there is, and is no reason to start again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.faults.jobs import NO_ROOM
from tests.faults.test_kill import check_survived
from tests.harness.forks import Forks

DISK_BYTES = 4 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A tiny disk of its own, half of it taken by a file named ballast."""
    place = tmp_path / "disk"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a tiny disk takes Linux and root")
    options = f"size={DISK_BYTES}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("a tiny disk cannot be mounted here")
    try:
        (place / "ballast").write_bytes(bytes(DISK_BYTES // 2))
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def _fill(path: Path) -> None:
    """Write a file until not a page more fits."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(handle, bytes(4096)):
            pass
    os.close(handle)


def acknowledged(lines: list[str]) -> list[str]:
    return [one for line in lines for one in line.split()]


def test_writing_goes_on_when_there_is_room_again(disk: Path) -> None:
    with Forks() as forks:
        child = forks.run("tests.faults.jobs:write_until_full", str(disk / "ledger"), str(disk / "ballast"))
        assert check_survived(disk / "ledger", acknowledged(child.lines)) > 100


def test_a_ledger_closed_on_a_full_disk_is_whole(disk: Path) -> None:
    with Forks() as forks:
        child = forks.run("tests.faults.jobs:write_and_close_full", str(disk / "ledger"))
        (disk / "ballast").unlink()
        assert check_survived(disk / "ledger", acknowledged(child.lines)) > 100


def test_a_ledger_can_be_opened_and_read_on_a_full_disk(disk: Path) -> None:
    with Forks() as forks:
        forks.run("tests.faults.jobs:write_some", str(disk / "ledger"))
        _fill(disk / "rest")
        child = forks.start("tests.faults.jobs:write_and_close_full", str(disk / "ledger"))
        assert child.wait() == 0, child.errors
        (disk / "rest").unlink()
        check_survived(disk / "ledger", acknowledged(child.lines))


def test_no_ledger_is_made_where_there_is_no_room(disk: Path) -> None:
    with Forks() as forks:
        (disk / "rest").write_bytes(bytes(DISK_BYTES // 2 - 16_384))
        child = forks.start("tests.faults.jobs:make_without_room", str(disk / "ledger"))
        assert child.wait() == NO_ROOM, child.errors
        (disk / "rest").unlink()
        again = forks.run("tests.faults.jobs:make", str(disk / "ledger"))
        check_survived(disk / "ledger", acknowledged(again.lines))


@pytest.mark.parametrize("job", ["write_until_full", "write_and_close_full"])
def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path: Path, job: str) -> None:
    with Forks() as forks:
        child = forks.run("tests.faults.jobs:limited", 600_000, job, str(tmp_path / "ledger"))
        assert check_survived(tmp_path / "ledger", acknowledged(child.lines)) > 100

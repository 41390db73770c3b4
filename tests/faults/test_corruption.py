"""A changed byte anywhere in the data file is found, or changes no answer."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

import pytest
from tests.harness.damage import data_file, flip
from tests.harness.forks import Forks
from tests.harness.ledger import fill, ledger

from muniment.node.audit import audit

FLIPS = 160
JOB = "tests.faults.examining:"
TOLD = {"said Halted", "said NotALedger", "said StructureDamaged", "said FormatUnknown"}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corruption") / "ledger"
    with ledger(path) as node:
        fill(node, blocks=8)
    assert audit(path).transactions > 150
    return path


def anywhere(path: Path, dice: random.Random) -> int:
    """Choose a byte: of the whole file, or more often where the structure is: the first bytes of a page."""
    pages = data_file(path).stat().st_size // 4096
    return dice.randrange(pages) * 4096 + dice.choice([dice.randrange(4096), dice.randrange(100)])


def flipped(original: Path, scratch: Path, at: int, mask: int) -> Path:
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(original, scratch)
    flip(scratch, at, mask)
    return scratch


def test_a_changed_byte_is_found_or_harmless(original: Path, tmp_path: Path, dice: random.Random) -> None:
    found: Counter[str] = Counter()
    with Forks() as forks:
        (right,) = forks.run(JOB + "say_answers", str(original)).lines
        for _ in range(FLIPS):
            at, mask = anywhere(original, dice), dice.randrange(1, 256)
            path = flipped(original, tmp_path / "ledger", at, mask)
            (audited,) = forks.run(JOB + "say_audit", str(path)).lines
            (answer,) = forks.run(JOB + "say_answers", str(path)).lines
            where = f"byte {at}, mask {mask:#x}: audit {audited}, answer {answer}"
            assert answer == right or answer in TOLD, where
            assert audited != "clean" or answer == right, where
            found[audited.split()[0]] += 1
    # Free pages and the unused ends of pages make up much of a small file.
    assert found["clean"] > 0
    assert found["damaged"] > 0
    assert found["structure"] > 0


def test_writing_on_a_changed_file_is_found_or_right(original: Path, tmp_path: Path, dice: random.Random) -> None:
    """What the audit calls clean can be written to and stays clean: damage does not hide in the free list."""
    with Forks() as forks:
        for _ in range(FLIPS // 4):
            at, mask = anywhere(original, dice), dice.randrange(1, 256)
            path = flipped(original, tmp_path / "ledger", at, mask)
            (before,) = forks.run(JOB + "say_audit", str(path)).lines
            (wrote,) = forks.run(JOB + "say_writing", str(path)).lines
            (after,) = forks.run(JOB + "say_audit", str(path)).lines
            where = f"byte {at}, mask {mask:#x}: {before}, {wrote}, {after}"
            if before == "clean":
                assert wrote == "wrote 20", where
                assert after == "clean", where


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_many_changed_bytes_are_found_or_harmless(original: Path, tmp_path: Path, dice: random.Random) -> None:
    with Forks() as forks:
        (right,) = forks.run(JOB + "say_answers", str(original)).lines
        for _ in range(20 * FLIPS):
            at, mask = anywhere(original, dice), 1 << dice.randrange(8)
            path = flipped(original, tmp_path / "ledger", at, mask)
            (audited,) = forks.run(JOB + "say_audit", str(path)).lines
            (answer,) = forks.run(JOB + "say_answers", str(path)).lines
            where = f"byte {at}, mask {mask:#x}: audit {audited}, answer {answer}"
            assert answer == right or answer in TOLD, where
            assert audited != "clean" or answer == right, where

"""The display of a stream."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from muniment.packs.fraud.streaming import Tape
from muniment.packs.fraud.watching import is_live, last_blocked, panel, watched


def _tape(*outcomes: str, total: int = 8) -> Tape:
    count = len(outcomes)
    tape = Tape(total, rows=list(range(count)), outcomes=list(outcomes), scores=[0] * count, took_s=0.5)
    tape.identities = [place << 8 for place in range(count)]
    tape.latencies_s = [0.01] * count
    return tape


def _describe(row: int, score: int) -> str:
    return f"row {row} score {score}"


def _terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100)


def test_a_tape_counts() -> None:
    tape = _tape("approve", "block", "approve")
    assert (tape.done, tape.per_second, tape.count("approve")) == (3, 6.0, 2)


def test_the_last_blocked_come_latest_first() -> None:
    assert last_blocked(_tape("block", "approve", "block", "block"), count=2) == [3, 2]
    assert last_blocked(_tape("approve")) == []


def test_only_a_terminal_outside_ci_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert is_live(_terminal())
    assert not is_live(Console(file=io.StringIO()))
    monkeypatch.setenv("CI", "true")
    assert not is_live(_terminal())


def test_elsewhere_a_few_plain_lines_are_printed() -> None:
    stream = io.StringIO()
    tape = _tape(total=8)
    with watched(Console(file=stream, width=100), 8, _describe) as watch:
        for _ in range(8):
            for column, value in ((tape.rows, 0), (tape.outcomes, "approve")):
                column.append(value)  # type: ignore[arg-type]
            watch(tape)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[-1].split()[0] == "8"


def test_the_panel_shows_progress_and_the_blocked() -> None:
    console = Console(file=io.StringIO(), width=100, record=True)
    console.print(panel(_tape("approve", "block"), _describe))
    shown = console.export_text()
    assert "row 1 score 0" in shown
    assert "decision:1" in shown
    assert "2 of 8" in shown


def test_on_a_terminal_the_display_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    console = _terminal()
    with watched(console, 8, _describe) as watch:
        watch(_tape("approve", "block"))
    assert isinstance(console.file, io.StringIO)
    assert "row 1 score 0" in console.file.getvalue()

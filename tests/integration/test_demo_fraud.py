"""The main demo, from training to the audit of a tampered copy, with few payments and a small model."""

from __future__ import annotations

import io
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

import muniment as mu
from muniment.packs import fraud
from muniment.packs.fraud import training
from muniment.packs.fraud.errors import DirectoryForeign, LibraryMissing, RowsUnusable
from muniment.packs.fraud.thresholds import OUTCOMES

ROWS = 600


def _small() -> dict[str, Callable[[], Any]]:
    make = training.candidates()["extra trees"]
    return {"extra trees": lambda: make().set_params(n_estimators=20)}


@pytest.fixture(scope="module")
def told() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, told: io.StringIO) -> fraud.DemoResult:
    console = Console(file=told, width=100)
    directory = tmp_path_factory.mktemp("demo") / "run"
    return fraud.run(ROWS, directory=directory, console=console, families=_small())


def test_every_payment_is_decided_and_durable(result: fraud.DemoResult) -> None:
    assert len(result.tape.rows) == ROWS
    assert result.tape.refused == []
    assert set(result.tape.outcomes) <= set(OUTCOMES)
    with mu.open(result.ledger, create=False) as ledger:
        for place in (0, ROWS // 2, ROWS - 1):
            kept = ledger.decisions.get(result.tape.identities[place])
            assert kept.made.outcome == result.tape.outcomes[place]
            assert kept.made.score == result.tape.scores[place]


def test_figures_are_there(result: fraud.DemoResult) -> None:
    assert result.speed.payments == ROWS
    assert result.speed.per_second > 0
    assert 0 < result.speed.streamed.p50_ms <= result.speed.streamed.p99_ms
    assert 0 < result.speed.alone.p50_ms <= result.speed.alone.p99_ms
    assert 0 < result.speed.ai_share < 1
    assert result.quality.payments == ROWS
    assert result.quality.frauds > 0
    figure = result.quality.average_precision
    assert 0 <= figure.low <= figure.value <= figure.high <= 1
    assert sum(one.payments for one in result.quality.outcomes) == ROWS
    assert sum(one.recall or 0 for one in result.quality.outcomes) == pytest.approx(1)


def test_a_blocked_payment_is_proven_verified_and_replayed(result: fraud.DemoResult) -> None:
    proven = result.proven
    assert proven.outcome == OUTCOMES[-1]
    assert proven.verified.claim["outcome"] == OUTCOMES[-1]
    assert proven.verified.standing == "unchanged"
    assert proven.replay.identical
    assert proven.replay.explanation.score == proven.replay.score
    assert mu.verify(proven.path, trust=result.ledger / "trust.json").identity == proven.verified.identity


def test_the_audit_passes_the_ledger_and_finds_the_changed_byte(result: fraud.DemoResult) -> None:
    tampered = result.tampered
    assert tampered.intact.is_clean
    assert tampered.intact.transactions > ROWS
    assert tampered.report.divergence is not None
    assert tampered.report.divergence.identity == proven_identity(result)
    assert tampered.found
    original = (result.ledger / "store" / "data.mdb").read_bytes()
    assert original[tampered.byte] == tampered.was != tampered.now == tampered.file.read_bytes()[tampered.byte]


def proven_identity(result: fraud.DemoResult) -> int:
    return result.proven.verified.identity


def test_what_is_printed_away_from_a_terminal_has_no_control_characters(
    result: fraud.DemoResult, told: io.StringIO
) -> None:
    text = told.getvalue()
    assert all(character.isprintable() or character == "\n" for character in text)
    assert all(line == line.rstrip() for line in text.split("\n"))
    assert all(command in text for command in result.commands)


def test_the_commands_name_files_that_exist(result: fraud.DemoResult) -> None:
    assert len(result.commands) == 3
    for command in result.commands:
        assert Path(command.split()[2]).exists()


def test_the_result_is_a_json_document(result: fraud.DemoResult) -> None:
    document = json.loads(msgspec.json.encode(fraud.document(result)))
    assert document["proof"]["identical"] is True
    assert document["audit"]["found"] is True
    assert not math.isnan(document["quality"]["average_precision"]["value"])


@pytest.mark.parametrize("rows", [0, -1, 10**9])
def test_a_number_of_payments_out_of_range_is_refused_before_anything_is_made(tmp_path: Path, rows: int) -> None:
    with pytest.raises(RowsUnusable) as caught:
        fraud.run(rows, directory=tmp_path / "run")
    assert caught.value.rows == rows
    assert not (tmp_path / "run").exists()


def test_a_missing_library_is_named_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(LibraryMissing) as caught:
        fraud.run(1, directory=tmp_path / "run")
    assert caught.value.fields["library"] == "pandas"
    assert not (tmp_path / "run").exists()


def test_a_directory_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("do not lose this")
    with pytest.raises(DirectoryForeign) as caught:
        fraud.run(1, directory=tmp_path)
    assert caught.value.found == "thesis.tex"
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]

"""Many rows at once: good ones go through, bad ones are listed, and what is durable is told whatever breaks midway."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.harness.sdk import ANN, OLGA, ROW, Watched, opened, raising, score, screening

import muniment as mu
from muniment import exact
from muniment.client.ledger import Ledger
from muniment.client.openings import Subject
from muniment.client.rows import RowUnreadable
from muniment.client.writing import stream
from muniment.core.errors import Halted, Unavailable
from muniment.engines.contract import Committed, Outcome
from muniment.modules.decisions.errors import TermsChanged
from muniment.modules.records.messages import AnchorRecord
from muniment.modules.systems.errors import SystemIsStopped


def _frame(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(rows)
    return pd.DataFrame({"x0": rng.integers(0, 1_001, rows) / 100, "x1": rng.integers(0, 1_001, rows) / 100})


def _scores(frame: pd.DataFrame) -> list[int]:
    return [score(x0, x1) for x0, x1 in frame.to_numpy().tolist()]


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(("rows", "batch"), [(0, 512), (1, 512), (300, 64), (129, 1_000)])
def test_every_row_gets_its_own_decision_in_order(rows: int, batch: int, sealed: bool, tmp_path: Path) -> None:
    frame = _frame(rows)
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        before = ledger.status().log_size
        many = ledger.decide_many(system, frame, by=ANN, sealed=sealed, batch=batch)
        assert ledger.status().log_size == before + rows
        assert (len(many), many.rows, many.rejected) == (rows, list(range(rows)), [])
        assert many.score == _scores(frame)
        assert [decision.score for decision in many] == many.score
        assert len(many.latencies_s) == -(-rows // batch)
        assert [ledger.decisions.get(decision).made.score for decision in many[:5]] == many.score[:5]
        assert len({decision.id for decision in many}) == rows
        assert list(many.to_pandas().columns) == ["row", "decision", "outcome", "score"]


def test_bad_rows_are_listed_and_the_others_go_through(tmp_path: Path) -> None:
    frame = _frame(200)
    frame.loc[3, "x0"], frame.loc[77, "x1"], frame.loc[199, "x0"] = 50.0, np.nan, -1.0
    with opened(tmp_path / "ledger") as ledger:
        before_size = ledger.status().log_size
        many = ledger.decide_many(screening(ledger), frame, by=ANN, batch=50)
        assert ledger.status().log_size == before_size + 2 + 197
    assert [(row, type(error)) for row, error in many.rejected] == [
        (3, exact.ValueOutOfRange),
        (77, exact.ValueMissing),
        (199, exact.ValueOutOfRange),
    ]
    good = [row for row in range(200) if row not in (3, 77, 199)]
    assert many.rows == good
    assert many.score == [_scores(frame.fillna(0))[row] for row in good]
    assert many.waiting == []
    assert many.retry() is many


def test_rows_of_an_iterable_are_refused_one_by_one(tmp_path: Path) -> None:
    def rows() -> Iterator[Any]:
        yield ROW
        yield None
        yield {"x0": 1.0}
        yield {"x0": "12 EUR", "x1": 1.0}
        yield [1.0, 2.0]

    with opened(tmp_path / "ledger") as ledger:
        many = ledger.decide_many(screening(ledger), rows(), by=ANN)
    assert many.rows == [0, 4]
    kinds = [(row, type(error)) for row, error in many.rejected]
    assert kinds == [(1, RowUnreadable), (2, exact.ColumnMissing), (3, exact.ValueWrongType)]


def test_a_generator_without_rows_gives_no_decisions(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        many = ledger.decide_many(screening(ledger), iter(()), by=ANN)
    assert (list(many), many.rejected, many.outcome) == ([], [], [])


@pytest.mark.parametrize("shown", [True, False])
def test_a_progress_bar_is_shown_if_asked_for(shown: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ledger.decide_many(screening(ledger), _frame(20), by=ANN, progress=shown)
    said = capsys.readouterr()
    assert ("deciding" in said.err) == shown
    assert said.out == ""


def test_no_progress_bar_is_shown_where_nobody_watches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ledger.decide_many(screening(ledger), _frame(20), by=ANN)
    assert capsys.readouterr().err == ""


def test_a_system_that_is_stopped_midway_decides_nothing_further(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)

        def stop_it() -> None:
            if ledger.systems.get(system).stop is None:
                thread = threading.Thread(target=lambda: ledger.systems.stop(system, by=OLGA, reason="drift"))
                thread.start()
                thread.join()

        many = Ledger(Watched(ledger.link, at=2, then=stop_it)).decide_many(system, _frame(250), by=ANN, batch=50)
        assert many.rows == list(range(100))
        assert [row for row, _ in many.rejected] == list(range(100, 250))
        assert {type(error) for _, error in many.rejected} == {SystemIsStopped}
        assert many.waiting == []
        size = ledger.status().log_size
    assert size == 2 + 100 + 1


@pytest.mark.parametrize("sealed", [False, True])
def test_rows_without_room_are_listed_and_sent_again(sealed: bool, tmp_path: Path) -> None:
    full = Unavailable("the queue is full", retry_after_ms=5)
    frame = _frame(250)
    frame.loc[7, "x0"] = 99.0
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        down = Watched(ledger.link, at=2, then=raising(full))
        many = Ledger(down).decide_many(system, frame, by=ANN, sealed=sealed, batch=50)
        assert len(many) == 100
        assert many.waiting == list(range(101, 250))
        assert dict(many.rejected)[249] is full
        assert ledger.status().log_size == 2 + 100
        with pytest.raises(Unavailable) as again:
            many.retry()
        assert again.value is full
        down._then = lambda: None
        whole = many.retry()
        assert whole.rows == [row for row in range(250) if row != 7]
        assert [row for row, _ in whole.rejected] == [7]
        assert whole.score == [one for row, one in enumerate(_scores(frame)) if row != 7]
        assert ledger.status().log_size == 2 + 249
        if sealed:
            made = [ledger.decisions.get(one).made.commitment for one in whole]
            assert made == [one.opening.commitment for one in whole if one.opening]


class WithoutRoom(Watched):
    """A link to a ledger whose disk is full from some submission on."""

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Send, or answer that nothing was written."""
        try:
            return super().submit(transactions, wait_s=wait_s)
        except Unavailable as full:
            answered: Future[list[Outcome]] = Future()
            answered.set_result([full] * len(transactions))
            return answered


def test_rows_that_a_full_disk_did_not_take_are_sent_again(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        down = WithoutRoom(ledger.link, at=1, then=raising(Unavailable("the disk is full")))
        many = Ledger(down).decide_many(system, _frame(120), by=ANN, batch=50)
        assert (len(many), many.waiting) == (50, list(range(50, 120)))
        down._then = lambda: None
        assert many.retry().score == _scores(_frame(120))


def test_a_ledger_that_is_closed_midway_tells_what_is_durable(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        closing = Watched(ledger.link, at=2, then=ledger.close)
        many = Ledger(closing).decide_many(system, _frame(250), by=ANN, batch=50)
        assert (len(many), many.waiting) == (100, list(range(100, 250)))
    with opened(tmp_path / "ledger") as ledger:
        assert ledger.status().log_size == 2 + 100


def test_a_ledger_that_halts_midway_tells_what_is_durable(tmp_path: Path) -> None:
    halted = Halted("the disk holds nonsense", recover="restore a copy")
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        broken = Ledger(Watched(ledger.link, at=3, then=raising(halted)))
        with pytest.raises(mu.DecisionsCutShort) as caught:
            broken.decide_many(system, _frame(250), by=ANN, batch=50)
        assert caught.value.__cause__ is halted
        assert caught.value.decisions.rows == list(range(150))
        assert caught.value.unknown == list(range(150, 250))
        assert isinstance(caught.value, Halted)
        assert ledger.status().log_size == 2 + 150


def _anchors(count: int) -> Iterator[AnchorRecord]:
    return (AnchorRecord(number.to_bytes(32, "big"), rows=1, name=f"data {number}") for number in range(count))


def _drained(flow: Iterator[tuple[float, list[Any]]]) -> tuple[int, Exception | None]:
    told = 0
    try:
        for _, outcomes in flow:
            assert all(isinstance(outcome, Committed) for outcome in outcomes)
            told += len(outcomes)
    except Exception as error:
        return told, error
    return told, None


@pytest.mark.parametrize("error", [Unavailable("full"), Halted("broken", recover="restore"), OSError("line down")])
def test_a_stream_yields_what_was_on_its_way_before_it_raises(error: Exception, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        link = Watched(ledger.link, at=3, then=raising(error))
        told, raised = _drained(stream(link, ANN, _anchors(100), batch=10, ahead=8))
        assert raised is error
        assert told == 30 == ledger.status().log_size


def test_a_stream_whose_source_fails_yields_what_was_sent(tmp_path: Path) -> None:
    def source() -> Iterator[AnchorRecord]:
        yield from _anchors(25)
        raise ConnectionError("the sensor is gone")

    with opened(tmp_path / "ledger") as ledger:
        told, raised = _drained(stream(ledger.link, ANN, source(), batch=10))
        assert isinstance(raised, ConnectionError)
        assert told == 20 == ledger.status().log_size


def test_a_stream_is_lazy(tmp_path: Path) -> None:
    drawn = 0

    def source() -> Iterator[AnchorRecord]:
        nonlocal drawn
        for message in _anchors(10_000):
            drawn += 1
            yield message

    with opened(tmp_path / "ledger") as ledger:
        flow = stream(ledger.link, ANN, source(), batch=10, ahead=2)
        next(flow)
        assert drawn <= 30
        del flow


def test_each_row_may_have_its_own_subject(tmp_path: Path) -> None:
    subjects = [Subject.of(OLGA), None, Subject.of(ANN).commitment]
    frame = _frame(3)
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        many = ledger.decide_many(system, frame, by=ANN, subjects=subjects)
        recorded = [ledger.decisions.get(one).made.subject for one in many]
        with pytest.raises(ValueError, match="one a row"):
            ledger.decide_many(system, frame, by=ANN, subjects=subjects[:2])
    first = subjects[0]
    assert isinstance(first, Subject)
    assert recorded == [first.commitment, None, subjects[2]]
    assert [one.subject for one in many] == [first, None, None]


def test_a_system_that_changes_midway_decides_no_row_under_terms_nobody_asked_for(tmp_path: Path) -> None:
    from tests.harness.exact_models import linear

    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)

        def change() -> None:
            if ledger.systems.get(system).version == 1:
                ledger.models.publish(linear((1, 1)), by=ANN, name="risk")
                ledger.systems.update(system, by=ANN, model="risk", outcomes={"low": 0, "high": 500})

        both = Ledger(Watched(ledger.link, at=1, then=change)).decide_many(system, [ROW, ROW], by=ANN, batch=1)
        assert both.score == [score(2, 1)]
        assert [(row, type(why)) for row, why in both.rejected] == [(1, TermsChanged)]
        later = ledger.decide("screening", ROW, by=ANN)
        assert [both[0].explanation.score, later.explanation.score] == [score(2, 1), 300]
        assert both[0].model != later.model

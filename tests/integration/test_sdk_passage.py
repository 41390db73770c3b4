"""The passage of the specification, word for word, and the forms in which its arguments may come."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from tests.harness.sdk import ANN, ROW, opened, score, screening
from tests.harness.story import frame as payments

import muniment as mu
from muniment.client.wallet_file import KdfCost
from muniment.core import rows as core_rows
from muniment.modules.records.types import Lineage


def test_the_passage_of_the_specification_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frame = payments(120)
    label = (frame.amount + 2 * frame.distance > 150).astype(int)
    classifier, row = LogisticRegression(max_iter=1_000).fit(frame, label), frame.iloc[7]
    t1, t2 = "30%", "70%"
    with mu.open("ledger") as ledger:
        ann = mu.Wallet.create("ann")
        ref = ledger.records.anchor(frame, by=ann, name="card payments")
        model = mu.exact.compile(classifier, calibration=frame)
        ledger.models.publish(model, by=ann, name="card-fraud", trained_on=[ref])
        system = ledger.systems.deploy(
            "card-screening",
            model="card-fraud",
            outcomes={"approve": 0, "review": t1, "block": t2},
            overseers=[ann.id],
            by=ann,
        )
        decision = ledger.decide(system, row, by=ann)
        many = ledger.decide_many(system, frame, by=ann)
        ledger.prove(decision).save("decision.mproof")
        assert decision.outcome in ("approve", "review", "block")
        assert decision.explanation.score == decision.score == many[7].score
        assert many.columns()["outcome"][7] == decision.outcome
        assert len(many) == 120
        assert ledger.models.papers("card-fraud").trained_on == (ref.identity,)
    Path("trust.json").write_bytes(ledger.trust.encode())
    shown = mu.verify("decision.mproof", trust="trust.json")
    assert shown.claim["score"] == decision.score
    again = mu.replay("decision.mproof")
    assert again.identical
    assert (again.score, again.explanation) == (decision.score, decision.explanation)


def test_the_name_of_a_ledger_that_exists_can_be_left_out_and_the_ledger_goes_on(tmp_path: Path) -> None:
    with mu.open(tmp_path / "it", name="shop") as ledger:
        chain = ledger.chain
        first = ledger.records.anchor([b"row"], by=ANN, name="one")
    with mu.open(tmp_path / "it", create=False) as ledger:
        assert ledger.chain == chain
        assert ledger.records.get(first).name == "one"
        assert ledger.records.anchor([b"row"], by=ANN, name="two").identity > first.identity


def test_a_saved_wallet_signs_for_the_same_account(tmp_path: Path) -> None:
    ann = mu.Wallet.create("ann")
    ann.save(tmp_path / "ann.wallet", passphrase="open", cost=KdfCost(passes=1, memory_bytes=1 << 13))
    assert stat.S_IMODE((tmp_path / "ann.wallet").stat().st_mode) == 0o600
    with opened(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor([b"row"], by=ann, name="data")
        back = mu.Wallet.load(tmp_path / "ann.wallet", passphrase="open")
        ledger.records.withdraw(record, by=back, reason="outdated")
        assert ledger.records.get(record).status == "withdrawn"


ROWS = [{"x0": 1.5, "x1": 2}, {"x0": 2.5, "x1": 3}]
DATA: dict[str, Callable[[], Any]] = {
    "frame": lambda: pd.DataFrame(ROWS),
    "table": lambda: pa.table({"x0": [1.5, 2.5], "x1": [2, 3]}),
    "batches": lambda: pa.table({"x0": [1.5, 2.5], "x1": [2, 3]}).to_reader(),
    "dicts": lambda: ROWS,
    "generator of dicts": lambda: iter(ROWS),
    "bytes": lambda: [b"one", b"two"],
    "generator of bytes": lambda: (row for row in (b"one", b"two")),
    "data set": lambda: mu.Dataset.of([b"one", b"two"]),
    "public data set": lambda: mu.Dataset.of([b"one", b"two"], salted=False),
}


@pytest.mark.parametrize("kind", DATA)
def test_data_of_every_kind_are_anchored_and_their_rows_proven(kind: str, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor(DATA[kind](), by=ANN, name=kind)
        kept = ledger.records.get(record)
        assert (kept.root, kept.rows) == (record.root, 2)
        assert record.dataset is not None
        assert kept.salts == record.dataset.salts
        core_rows.verify_row(kept.root, kept.rows, record.dataset.prove_row(1), salts=kept.salts)


def test_a_stream_that_is_not_kept_gives_the_same_root_and_holds_no_rows(tmp_path: Path) -> None:
    def rows() -> Any:
        return (b"row %d" % number for number in range(40_000))

    with opened(tmp_path / "ledger") as ledger:
        kept = ledger.records.anchor(rows(), by=ANN, name="kept", secret=bytes(32))
        lean = ledger.records.anchor(rows(), by=ANN, name="lean", secret=bytes(32), keep_proofs=False)
    assert (lean.root, lean.rows) == (kept.root, 40_000)
    assert lean.dataset is not None
    with pytest.raises(mu.Rejected):
        lean.dataset.prove_row(3)


def test_a_long_anchor_can_show_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ledger.records.anchor([b"row"] * 20_000, by=ANN, name="quiet")
        assert capsys.readouterr().err == ""
        ledger.records.anchor((b"row" for _ in range(20_000)), by=ANN, name="shown", progress=True)
        assert "anchoring" in capsys.readouterr().err


def test_records_are_amended_and_lead_back_to_their_sources(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        raw = ledger.records.anchor([b"a"], by=ANN, name="raw")
        clean = ledger.records.anchor([b"b"], by=ANN, name="clean", derived_from=raw)
        newer = ledger.records.amend(clean, [b"c"], by=ANN, reason="typo", derived_from=[raw.id], note="second")
        assert [one.record for one in ledger.records.history(newer)] == [newer.identity, clean.identity]
        found: Lineage = ledger.records.lineage(ledger.records.get(newer))
        assert [one.record for one in found.ancestors] == [raw.identity]
        assert ledger.records.get(newer.identity).note == "second"
        assert (newer.name, newer.dataset is not None) == ("clean", True)


class Payment(tuple[float, float]):
    """Any sequence will do."""


def _rows() -> dict[str, Any]:
    frame = pd.DataFrame([ROW])
    return {
        "dict": ROW,
        "another order": {"x1": 1.0, "x0": 2.0},
        "Series": frame.iloc[0],
        "Series in another order": frame[["x1", "x0"]].iloc[0],
        "Series without names": pd.Series([2.0, 1.0]),
        "named tuple": next(frame.itertuples(index=False)),
        "list": [2.0, 1.0],
        "tuple": Payment((2.0, 1.0)),
        "array": np.array([2.0, 1.0]),
        "structured": np.array([(1.0, 2.0)], dtype=[("x1", "f8"), ("x0", "f8")])[0],
        "integers": [np.int64(2), 1],
        "text numbers of pandas": pd.DataFrame([ROW]).convert_dtypes().iloc[0],
    }


@pytest.mark.parametrize("kind", _rows())
def test_a_row_of_every_kind_is_read_by_its_names(kind: str, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger).name, _rows()[kind], by=ANN)
    assert (decision.score, decision.outcome, decision.inputs) == (score(2, 1), "review", (200, 100))


def _frames() -> dict[str, Any]:
    rows = [{"x0": 1.0, "x1": 2.0}, {"x0": 9.0, "x1": 0.0}]
    frame = pd.DataFrame(rows)
    return {
        "frame": frame,
        "columns in another order": frame[["x1", "x0"]],
        "table": pa.Table.from_pandas(frame),
        "mapping": {"x1": [2.0, 0.0], "x0": np.array([1.0, 9.0])},
        "array": frame.to_numpy(),
        "dicts": rows,
        "generator": (row for row in rows),
        "named tuples": frame.itertuples(index=False),
        "series": [row for _, row in frame[["x1", "x0"]].iterrows()],
        "lists": frame.to_numpy().tolist(),
    }


@pytest.mark.parametrize("kind", _frames())
def test_a_frame_of_every_kind_is_read_by_its_names(kind: str, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        many = ledger.decide_many(screening(ledger), _frames()[kind], by=ANN)
    assert many.score == [score(1, 2), score(9, 0)]
    assert many.outcome == ["approve", "block"]
    assert (many.rows, many.rejected) == ([0, 1], [])

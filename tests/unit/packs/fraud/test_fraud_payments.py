"""The data set and how it is cut."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from muniment.packs.fraud import payments
from muniment.packs.fraud.errors import DataAltered, DataMissing


def test_the_data_is_what_its_notice_says() -> None:
    frame = payments.load()
    fraud = payments.is_fraud(frame)
    assert list(frame.columns) == ["Time", *payments.COLUMNS, "Class"]
    assert (len(frame), int(fraud.sum())) == (14_804, 383)
    assert not frame.isna().to_numpy().any()
    assert bool(frame["Time"].is_monotonic_increasing)
    assert frame["Time"].iloc[-1] == 132_429


def test_weights_restore_the_original_prevalence() -> None:
    fraud = payments.is_fraud(payments.load())
    weight = payments.weights(fraud)
    assert weight[fraud].sum() / weight.sum() == pytest.approx(0.00193, abs=5e-6)


def test_the_data_ships_with_its_notice_and_licence_and_stays_small() -> None:
    files = list(payments.DATA.parent.iterdir())
    assert {file.name for file in files} >= {"NOTICE.md", "LICENSE-ODbL.md", "card_payments.csv.gz"}
    assert sum(file.stat().st_size for file in files) <= 2_000_000
    notice = (payments.DATA.parent / "NOTICE.md").read_text()
    assert payments.SHA256 in notice
    assert "Worldline" in notice


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissing) as caught:
        payments.load(tmp_path / "none.csv.gz")
    assert caught.value.path == str(tmp_path / "none.csv.gz")


def test_altered_data_is_refused(tmp_path: Path) -> None:
    altered = tmp_path / "card_payments.csv.gz"
    altered.write_bytes(gzip.compress(b"Time,Class\n0,1\n"))
    with pytest.raises(DataAltered) as caught:
        payments.load(altered)
    assert caught.value.expected == payments.SHA256
    assert caught.value.found != payments.SHA256


def test_parts_follow_each_other_in_time_and_lose_nothing() -> None:
    frame = payments.load()
    parts = payments.split(frame)
    assert len(parts.training) + len(parts.calibration) + len(parts.later) == len(frame)
    assert parts.training["Time"].max() < parts.calibration["Time"].min()
    assert parts.calibration["Time"].max() < parts.later["Time"].min()


def test_every_part_holds_enough_frauds_to_judge() -> None:
    parts = payments.split(payments.load())
    frauds = [int(payments.is_fraud(part).sum()) for part in (parts.training, parts.calibration, parts.later)]
    assert frauds == [245, 40, 98]


def test_every_payment_is_within_the_declared_features() -> None:
    frame = payments.inputs(payments.load())
    for feature in payments.features():
        scaled = np.rint(frame[feature.name].to_numpy() * 10**feature.decimals)
        assert feature.minimum <= scaled.min() <= scaled.max() <= feature.maximum

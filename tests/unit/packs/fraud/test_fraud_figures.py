"""The figures of a run."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from muniment.engines.embedded import Tally
from muniment.packs.fraud.evidence import chosen
from muniment.packs.fraud.figures import latency, quality, speed
from muniment.packs.fraud.streaming import Tape

PAYMENTS = pd.DataFrame({"Class": [0, 1, 0, 1]})


def _tape() -> Tape:
    tape = Tape(6, rows=[0, 1, 2, 3, 0, 1], scores=[1, 9, 2, 8, 1, 9], took_s=2.0)
    tape.outcomes = ["approve", "block", "approve", "review", "approve", "block"]
    tape.latencies_s = [0.001, 0.002, 0.003, 0.004, 0.005, 0.006]
    return tape


def test_latency_is_in_milliseconds() -> None:
    found = latency([0.001] * 99 + [1.0])
    assert found.p50_ms == pytest.approx(1)
    assert found.p99_ms > found.p50_ms
    assert latency([]).p99_ms == 0


def test_speed_counts_what_the_engine_did_meanwhile() -> None:
    before = Tally(models_s=1.0, executing_s=2.0, writing_s=3.0)
    after = Tally(models_s=1.5, executing_s=3.0, writing_s=4.0)
    found = speed(_tape(), alone=np.array([0.001]), before=before, after=after)
    assert (found.payments, found.per_second) == (6, 3.0)
    assert (found.models_s, found.busy_s, found.ai_share) == (0.5, 2.0, 0.25)


def test_without_a_tally_there_is_no_share() -> None:
    assert speed(_tape(), alone=np.array([0.001]), before=None, after=None).ai_share == 0


def test_quality_counts_each_payment_once() -> None:
    found = quality(_tape(), PAYMENTS)
    assert (found.payments, found.frauds) == (4, 2)
    assert found.average_precision.value == 1
    assert [one.payments for one in found.outcomes] == [2, 1, 1]


def test_without_frauds_quality_has_no_average_precision() -> None:
    tape = Tape(1, rows=[0], outcomes=["approve"], scores=[5])
    found = quality(tape, PAYMENTS)
    assert math.isnan(found.average_precision.value)
    assert found.outcomes[0].recall is None


def test_the_last_blocked_payment_is_proven() -> None:
    assert chosen(_tape()) == 5
    assert chosen(Tape(2, rows=[0, 1, 2], outcomes=["approve", "review", "approve"], scores=[1, 7, 3])) == 1

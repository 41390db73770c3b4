"""Where review and block begin."""

from __future__ import annotations

import numpy as np

from muniment.packs.fraud.thresholds import OUTCOMES, Thresholds, choose

FRAUD = np.array([False] * 8 + [True, False, True, True])
SCORES = np.array([0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8])


def test_block_begins_where_its_precision_is_reached() -> None:
    ones = np.ones(12)
    assert choose(FRAUD, SCORES, ones, precision=0.9, alerts=500).block == 7
    assert choose(FRAUD, SCORES, ones, precision=0.7, alerts=500).block == 5


def test_review_begins_where_the_budget_ends() -> None:
    assert choose(FRAUD, SCORES, np.ones(12), precision=0.9, alerts=500).review == 3
    assert choose(FRAUD, SCORES, np.ones(12), precision=0.9, alerts=340).review == 5


def test_weights_count_in_both_rules() -> None:
    weights = np.where(FRAUD, 1.0, 10.0)
    found = choose(FRAUD, SCORES, weights, precision=0.7, alerts=100)
    assert found == Thresholds(review=7 - 1, block=7)


def test_review_begins_below_block() -> None:
    found = choose(FRAUD, SCORES, np.ones(12), precision=0.3, alerts=100)
    assert found.review == found.block - 1


def test_a_precision_that_no_score_reaches_blocks_only_what_is_higher() -> None:
    assert choose(~FRAUD, SCORES, np.ones(12), precision=0.99, alerts=500).block == 9


def test_outcomes_ascend() -> None:
    outcomes = Thresholds(review=3, block=9).outcomes()
    assert tuple(outcomes) == OUTCOMES
    assert list(outcomes.values()) == sorted(outcomes.values())

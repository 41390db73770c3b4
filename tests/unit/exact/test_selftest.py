"""The runtime is asked whether it is exact, and a faulty one is found out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from muniment import exact
from muniment.core.errors import Halted
from muniment.exact.checker import prove
from muniment.exact.evaluation import _OPERATORS, tensor
from muniment.exact.graph import Node
from muniment.exact.ranges import RULES
from muniment.exact.runner import _scores_once
from muniment.exact.selftest import _cases, check_runtime

Rows = npt.NDArray[np.int64]


def test_the_runtime_here_is_exact() -> None:
    check_runtime(_scores_once)


def test_the_cases_use_every_allowed_operator() -> None:
    used = {node.op for _, artifact, _ in _cases() for node in prove(artifact).graph.nodes}
    assert used == set(RULES)


def faulty_less(_: Node, args: list[Rows]) -> Rows:
    """The fault that was found: low words compared as signed where high words agree."""
    left, right = args
    low = left.astype(np.int32) < right.astype(np.int32)
    return np.where(left >> 32 == right >> 32, low, left < right).astype(np.int64)


def test_the_fault_that_was_found_would_be_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def scores(artifact: bytes, rows: Rows) -> Rows:
        proven = prove(artifact)
        return _scores_once(artifact, rows) if proven.tree_node else tensor(proven, rows, "score")[:, 0]

    check_runtime(scores)
    monkeypatch.setitem(_OPERATORS, "Less", faulty_less)
    with pytest.raises(Halted):
        check_runtime(scores)


@pytest.mark.parametrize("fault", [lambda scores: scores + 1, lambda scores: scores[::-1], lambda scores: scores * 0])
def test_a_runtime_that_is_not_exact_stops_the_node(fault: Callable[[Rows], Rows]) -> None:
    with pytest.raises(Halted):
        check_runtime(lambda artifact, rows: fault(_scores_once(artifact, rows)))


def test_one_wrong_score_is_enough() -> None:
    def nearly(artifact: bytes, rows: Rows) -> Rows:
        scores = np.array(exact.reference(artifact, rows.tolist()))
        scores[-1] += 1
        return scores

    with pytest.raises(Halted):
        check_runtime(nearly)

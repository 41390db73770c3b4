"""Running and explaining."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from muniment import exact
from muniment.core.errors import Halted
from muniment.exact.runner import Runner, _session

Table = npt.NDArray[np.float64]


def test_arrays_and_tuples_score_alike(trees: exact.ExactModel, table: Table) -> None:
    whole, bad = exact.quantize_many(trees.card, table)
    assert bad == []
    rows = [tuple(None if value == exact.MISSING else value for value in row) for row in whole.tolist()]
    runner = exact.load(trees.artifact)
    scores = runner.run(whole)
    assert scores.dtype == np.int64
    assert runner.run(rows).tolist() == scores.tolist() == runner.run_each(rows)
    assert runner.run([]).size == 0


def test_one_bad_row_spoils_no_other(trees: exact.ExactModel) -> None:
    runner = exact.load(trees.artifact)
    good = tuple(feature.minimum for feature in trees.card.features)
    score = runner.run([good])[0]
    outcome = runner.run_each([good, good[:2], (10**9, *good[1:]), (None, *good[1:]), (1.5, *good[1:]), good])  # type: ignore[arg-type]
    assert outcome[0] == outcome[5] == score
    kinds = [type(fault) for fault in outcome[1:5]]
    assert kinds == [exact.InputsWrongLength, exact.ValueOutOfRange, exact.ValueMissing, exact.ValueWrongType]


def test_a_bad_row_is_refused_before_running(trees: exact.ExactModel) -> None:
    runner = exact.load(trees.artifact)
    good = tuple(feature.minimum for feature in trees.card.features)
    for value, refusal in (
        (10**9, exact.ValueOutOfRange),
        (2**70, exact.ValueOutOfRange),
        (None, exact.ValueMissing),
        (1.5, exact.ValueWrongType),
    ):
        with pytest.raises(refusal):
            runner.run([(value, *good[1:])])  # type: ignore[arg-type]
    with pytest.raises(exact.InputsWrongLength):
        runner.run(np.zeros((1, 9), dtype=np.int64))
    with pytest.raises(exact.ValueWrongType):
        runner.run(np.zeros((1, 4)))  # type: ignore[arg-type]


def test_runners_are_kept_by_content(trees: exact.ExactModel) -> None:
    assert exact.load(trees.artifact) is exact.load(bytes(bytearray(trees.artifact)))


def test_threads_share_a_runner(trees: exact.ExactModel, table: Table) -> None:
    whole, _ = exact.quantize_many(trees.card, table)
    runner = Runner(exact.load(trees.artifact).proven)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: runner.run(whole).tolist(), range(8)))
    assert all(result == results[0] for result in results)


def test_explanations_sum_to_the_score(
    trees: exact.ExactModel, linear: exact.ExactModel, mlp: exact.ExactModel, table: Table
) -> None:
    for model, data in ((trees, table), (linear, np.nan_to_num(table)), (mlp, np.nan_to_num(table))):
        whole, _ = exact.quantize_many(model.card, data)
        runner = exact.load(model.artifact)
        for row, score in zip(whole[:25], runner.run(whole[:25]).tolist(), strict=True):
            why = exact.explain(runner, row)
            assert why.base + sum(amount for _, amount in why.contributions) == why.score == score
            assert tuple(name for name, _ in why.contributions) == model.card.names
            assert all(type(amount) is int for _, amount in why.contributions)


def test_a_linear_model_is_explained_by_its_terms(linear: exact.ExactModel) -> None:
    start = linear.card.baseline
    assert all(amount == 0 for _, amount in exact.explain(linear.artifact, start).contributions)
    moved = (start[0] + 100, *start[1:])
    changed = [name for name, amount in exact.explain(linear.artifact, moved).contributions if amount]
    assert changed == ["f0"]


def test_the_largest_contributions_come_first() -> None:
    why = exact.Explanation(1, (("a", 2), ("b", -9), ("c", 9)))
    assert why.largest(2) == (("b", -9), ("c", 9))


def test_a_saved_model_loads_as_the_same(trees: exact.ExactModel, tmp_path: Path) -> None:
    path = trees.save(tmp_path / "model.onnx")
    again = exact.ExactModel.load(path)
    assert (again.id, again.card, again.report) == (trees.id, trees.card, None)
    assert "<table>" in trees._repr_html_()
    assert "<table>" in again._repr_html_()


def test_importing_exact_pulls_in_nothing_heavy() -> None:
    code = (
        "import sys, muniment.exact, muniment.exact.checker, muniment.exact.attribution;"
        "heavy = {'onnx', 'onnxruntime', 'pandas', 'sklearn', 'pyarrow', 'lightgbm', 'xgboost'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


def test_the_integer_that_stands_for_missing_in_arrays_is_no_input(trees: exact.ExactModel) -> None:
    runner = exact.load(trees.artifact)
    place = next(place for place, feature in enumerate(trees.card.features) if feature.nullable)
    least: list[int | None] = [feature.minimum for feature in trees.card.features]
    absent = [*least[:place], None, *least[place + 1 :]]
    sentinel = [*least[:place], exact.MISSING, *least[place + 1 :]]
    score = runner.run([absent])[0]
    assert runner.run(np.array([sentinel]))[0] == score
    assert exact.explain(runner, np.array(sentinel)).score == exact.explain(runner, absent).score == score
    batches = ([sentinel], [least, sentinel], [absent, sentinel])
    for rows in batches:
        assert [type(fault) for fault in runner.run_each(rows)][-1] is exact.ValueOutOfRange
        with pytest.raises(exact.ValueOutOfRange):
            runner.run(rows)
    with pytest.raises(exact.ValueOutOfRange):
        exact.explain(runner, sentinel)
    with pytest.raises(exact.ValueOutOfRange):
        exact.check_inputs(runner.card, sentinel)


class Failing:
    """An ONNX Runtime session on a machine in trouble."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def run(self, _outputs: object, _inputs: object) -> None:
        raise self.failure


def test_a_failing_runtime_stops_the_node(trees: exact.ExactModel) -> None:
    runner = Runner(exact.load(trees.artifact).proven)
    row = tuple(feature.minimum for feature in trees.card.features)
    for failure, raised in (
        (RuntimeError("no room"), Halted),
        (OSError(5, "disk"), Halted),
        (MemoryError(), MemoryError),
    ):
        runner._session = Failing(failure)
        for score in (runner.run, runner.run_each):
            with pytest.raises(raised):
                score([row])


def test_a_runtime_that_takes_no_session_stops_the_node() -> None:
    with pytest.raises(Halted):
        _session(b"no model", 1)

"""Models and AI systems: published, looked up, changed, taken out of service; nothing is reinterpreted on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from tests.harness.exact_models import linear
from tests.harness.sdk import ANN, BOB, OLGA, OUTCOMES, ROW, SIMPLE, ZOE, opened, refused, screening
from tests.harness.story import frame as payments

from muniment import exact
from muniment.client.models import MetricUnusable
from muniment.client.systems import ThresholdMalformed
from muniment.modules.models.errors import ModelAlreadyPublished, ModelUnknown
from muniment.modules.systems.errors import OutcomesUnordered, SystemIsRunning


def _classifier(decimals: int | None = None) -> exact.ExactModel:
    data = payments(120)
    label = (data.amount > 80).astype(int)
    fitted = LogisticRegression(max_iter=1_000).fit(data, label)
    return exact.compile(fitted, calibration=data, target=label, decimals=decimals)


def test_a_model_is_published_from_memory_bytes_or_file(tmp_path: Path) -> None:
    model = _classifier()
    path = model.save(tmp_path / "model.onnx")
    with opened(tmp_path / "ledger") as ledger:
        sources: list[Any] = [model, model.artifact, path, str(path)]
        for number, given in enumerate(sources):
            published = ledger.models.publish(given, by=ANN, name=f"m{number}")
            assert (published.name, published.number, published.model) == (f"m{number}", 1, model.id)
        assert ledger.models.artifact(model.id) == model.artifact
        assert ledger.models.card("m0") == model.card
        with refused(ledger, ModelAlreadyPublished):
            ledger.models.publish(path, by=ANN, name="m0")


def test_the_papers_hold_the_fidelity_and_every_given_figure(tmp_path: Path) -> None:
    model = _classifier()
    with opened(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor(payments(120), by=ANN, name="payments")
        metrics: dict[str, Any] = {"recall": 0.75, "rows": np.int64(120), "loss": np.float32(0.5)}
        ledger.models.publish(model, by=ANN, name="m", trained_on=record, metrics=metrics, limits="small")
        papers = ledger.models.papers("m")
        figures = {metric.name: metric.value / 10**metric.decimals for metric in papers.metrics}
        assert (figures["recall"], figures["rows"], figures["loss"]) == (0.75, 120.0, 0.5)
        assert {metric.data for metric in papers.metrics} == {record.identity}
        assert papers.limits == "small"
        assert model.report is not None
        assert f"{model.report.metric}, exact" in figures
        for wrong in (float("nan"), float("inf"), "0.75", True, None):
            unusable: dict[str, Any] = {"recall": wrong}
            with refused(ledger, MetricUnusable):
                ledger.models.publish(linear((1, 2)), by=ANN, name="n", metrics=unusable)


def test_versions_are_numbered_and_the_latest_is_the_name(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        first = ledger.models.publish(linear((1, 1)), by=ANN, name="m", label="spring")
        second = ledger.models.publish(linear((1, 2)), by=ANN, name="m")
        assert [one.id for one in ledger.models.versions("m")] == ["m@1", "m@2"]
        assert (ledger.models.get("m"), ledger.models.get("m@1"), first.label) == (second, first, "spring")
        with refused(ledger, ModelUnknown):
            ledger.models.get("m@3")
        ledger.models.suspend("m@1", by=ANN, reason="drift")
        assert [one.standing for one in ledger.models.versions(first)] == ["suspended", "active"]
        ledger.models.resume(first, by=ANN, reason="fine")
        ledger.models.retire(first.model, by=ANN, reason="old")
        assert ledger.models.get(first).standing == "retired"


def test_an_update_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        before = screening(ledger, operators=BOB)
        after = ledger.systems.update(before, by=ANN, purpose="screen payments", provider=ZOE)
        assert (after.version, after.terms.purpose, after.terms.provider) == (2, "screen payments", ZOE.account)
        for name in ("model", "overseers", "operators", "mode", "challenger"):
            assert getattr(after.terms, name) == getattr(before.terms, name)
        thresholds = [(one.name, one.threshold) for one in after.terms.outcomes[1:]]
        assert thresholds == list(OUTCOMES.items())[1:]
        assert len(ledger.systems.history("screening")) == 2
        assert ledger.decide(after, ROW, by=ANN).outcome == ledger.decide(before, ROW, by=BOB).outcome


def test_an_update_keeps_the_name_of_a_model_that_has_two(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ledger.models.publish(SIMPLE, by=BOB, name="first")
        system = screening(ledger)
        assert system.terms.model.name == "risk"
        assert ledger.systems.update(system, by=ANN, purpose="x").terms.model.name == "risk"


def test_thresholds_do_not_outlive_the_unit_of_their_score(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        ledger.models.publish(linear((1, 1)), by=ANN, name="points")
        ledger.models.publish(_classifier(), by=ANN, name="log-odds")
        assert ledger.systems.update(system, by=ANN, model="points").terms.model.name == "points"
        with refused(ledger, ThresholdMalformed):
            ledger.systems.update(system, by=ANN, model="log-odds")
        updated = ledger.systems.update(system, by=ANN, model="log-odds", outcomes={"low": 0, "high": "50%"})
        assert updated.terms.outcomes[1].threshold == 0


@pytest.mark.parametrize("threshold", ["-1%", "101%", "nan%", "%", "", "high", None, [1], float("nan")])
def test_what_is_no_threshold_is_refused(threshold: Any, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ledger.models.publish(_classifier(), by=ANN, name="m")
        with refused(ledger, ThresholdMalformed) as caught:
            ledger.systems.deploy("s", model="m", outcomes={"low": 0, "high": threshold}, overseers=OLGA, by=ANN)
        assert caught.fields["outcome"] == "high"


def test_outcomes_must_ascend(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ledger.models.publish(_classifier(), by=ANN, name="m")
        outcomes: dict[str, Any] = {"low": 0, "high": "70%", "middle": "30%"}
        with refused(ledger, OutcomesUnordered):
            ledger.systems.deploy("s", model="m", outcomes=outcomes, overseers=OLGA, by=ANN)


def test_a_challenger_scores_beside_the_model(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        screening(ledger)
        ledger.models.publish(linear((1, 1)), by=ANN, name="rival")
        system = ledger.systems.update("screening", by=ANN, challenger="rival")
        made = ledger.decisions.get(ledger.decide(system, ROW, by=ANN)).made
        assert made.challenger_score == 300
        assert ledger.systems.update(system, by=ANN, challenger=None).terms.challenger is None


def test_a_stopped_system_runs_again_once_it_is_resumed(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        with refused(ledger, SystemIsRunning):
            ledger.systems.resume(system, by=OLGA, reason="x")
        ledger.systems.stop(system, by=OLGA, reason="drift")
        stop = ledger.systems.get(system).stop
        assert stop is not None
        assert (stop.reason, stop.by_overseer) == ("drift", True)
        ledger.systems.resume("screening", by=OLGA, reason="fixed")
        assert ledger.systems.get("screening").stop is None

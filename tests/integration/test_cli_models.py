"""Compiling, publishing and looking up models and systems from the command line."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import joblib
import pytest
import xgboost
from sklearn.linear_model import LogisticRegression
from tests.harness.commandline import World, cli, done, payments, refused


def test_a_booster_becomes_an_exact_model_with_a_report(world: World) -> None:
    out = world.path / "again.onnx"
    options = ("--calibration", world.data, "--target", "fraud", "--out", out)
    made = done("models", "compile", world.booster, *options)
    assert made["id"] == sha256(out.read_bytes()).hexdigest()
    assert out.read_bytes() == world.model.read_bytes()
    report = made["fidelity"]
    assert report["metric"] == "average precision"
    assert abs(report["difference"]) <= 0.002
    assert 0.1 < report["prevalence"] < 0.9


def test_an_xgboost_model_is_read_from_its_json(world: World) -> None:
    frame = payments()
    model = xgboost.XGBClassifier(n_estimators=5, max_depth=3, n_jobs=1)
    model.fit(frame.drop(columns="fraud"), frame["fraud"]).save_model(world.path / "x.json")
    options = ("--calibration", world.data, "--target", "fraud", "--out", world.path / "x.onnx")
    assert done("models", "compile", world.path / "x.json", *options)["kind"] == "trees"
    assert done("models", "check", world.path / "x.onnx")["exact"]


def test_files_that_could_run_code_are_never_read(world: World) -> None:
    frame = payments()
    fitted = LogisticRegression(max_iter=1000).fit(frame.drop(columns="fraud"), frame["fraud"])
    for name in ("m.joblib", "m.bin"):
        joblib.dump(fitted, world.path / name)
        options = ("--calibration", world.data, "--out", world.path / "m2.onnx")
        error = refused("models", "compile", world.path / name, *options)
        assert error["slug"] == "model-file-foreign"
        assert "exact.compile" in error["sentence"]
    assert not (world.path / "m2.onnx").exists()


@pytest.mark.parametrize(
    ("name", "content", "slug"),
    [
        ("none.txt", None, "file-unreadable"),
        ("empty.txt", b"", "model-file-foreign"),
        ("story.txt", b"once upon a time", "model-file-foreign"),
        ("cut.txt", b"tree\nversion=v4\n", "model-file-foreign"),
        ("cut.json", b'{"learner": {"attributes": {', "model-file-foreign"),
    ],
)
def test_what_is_no_model_is_named(world: World, name: str, content: bytes | None, slug: str) -> None:
    path = world.path / name
    if content is not None:
        path.write_bytes(content)
    options = ("--calibration", world.data, "--out", world.path / "m2.onnx")
    assert refused("models", "compile", path, *options)["slug"] == slug


def test_calibration_that_does_not_fit_is_named(world: World) -> None:
    other = world.path / "other.csv"
    other.write_text("amount,hour\n1,2\n")
    options = ("--out", world.path / "m2.onnx")
    compiled = ("models", "compile", world.booster)
    assert refused(*compiled, "--calibration", other, *options)["slug"] == "feature-mismatch"
    wrong_target = ("--calibration", world.data, "--target", "froud")
    assert refused(*compiled, *wrong_target, *options)["slug"] == "calibration-unusable"


def test_a_model_that_is_not_exact_is_refused(world: World) -> None:
    bad = world.path / "bad.onnx"
    bad.write_bytes(world.model.read_bytes()[:-7])
    assert refused("models", "check", bad)["slug"] == "not-exact"
    published = ("--by", world.ann, "--name", "bad")
    assert refused("models", "publish", world.ledger, bad, *published)["slug"] == "not-exact"


def test_a_published_model_shows_its_papers(world: World) -> None:
    found = done("models", "show", world.ledger, "card-fraud")
    assert found["number"] == 1
    assert found["papers"]["trained_on"] == ["record:0"]
    assert found["papers"]["metrics"] == {"recall": "0.500000"}
    assert [one["name"] for one in found["card"]["features"]] == ["amount", "hour", "foreign"]
    assert found["model"] == done("models", "show", world.model)["id"]
    assert found["owner"].startswith("mun1")
    assert "card-fraud@1" in cli("models", "show", world.ledger, "card-fraud").out


def test_a_name_belongs_to_its_first_publisher(world: World) -> None:
    error = refused("models", "publish", world.ledger, world.model, "--by", world.bea, "--name", "card-fraud")
    assert error["family"] == "rejected"
    assert len(done("models", "list", world.ledger)["models"]) == 1


def test_a_model_is_suspended_resumed_and_retired(world: World) -> None:
    change = ("--by", world.ann, "--reason", "a test")
    standings = []
    for word in ("suspend", "resume", "retire"):
        standings.append(done("models", word, world.ledger, "card-fraud", *change)["standing"])
        told = cli("decide", world.ledger, "screening", "--by", world.ann, "--file", world.rows, "--json")
        assert (told.code == 0) == (word == "resume")
    assert standings == ["suspended", "active", "retired"]
    assert refused("models", "resume", world.ledger, "card-fraud", *change)["family"] == "rejected"


def test_unknown_models_and_records_are_named(world: World) -> None:
    assert refused("models", "show", world.ledger, "nosuch")["slug"] == "model-unknown"
    published = ("--by", world.ann, "--name", "other", "--trained-on", "record:9")
    assert refused("models", "publish", world.ledger, world.model, *published)["slug"] == "record-unknown"


@pytest.mark.parametrize("metric", ["recall", "recall=high", "=0.5"])
def test_a_metric_that_is_no_number_is_named(world: World, metric: str) -> None:
    published = ("--by", world.ann, "--name", "other", "--metric", metric)
    error = refused("models", "publish", world.ledger, world.model, *published)
    assert error["fields"] == {"option": "--metric", "given": metric, "expected": error["fields"]["expected"]}


def test_a_system_shows_its_terms_and_its_stop(world: World) -> None:
    found = done("systems", "show", world.ledger, "screening")
    assert list(found["terms"]["outcomes"]) == ["approve", "review", "block"]
    assert found["terms"]["overseers"] == [done("keys", "show", world.ann)["account"]]
    assert found["stop"] is None
    done("systems", "stop", world.ledger, "screening", "--by", world.ann, "--reason", "drift")
    assert done("systems", "list", world.ledger)["systems"][0]["stop"]["reason"] == "drift"
    assert "STOPPED" in cli("systems", "show", world.ledger, "screening").out
    done("systems", "resume", world.ledger, "screening", "--by", world.ann, "--reason", "mended")
    assert "running" in cli("systems", "show", world.ledger, "screening").out


def test_only_its_people_stop_a_system(world: World) -> None:
    stop = ("systems", "stop", world.ledger, "screening", "--by", world.bea, "--reason", "no")
    assert refused(*stop)["family"] == "rejected"


@pytest.mark.parametrize(
    ("options", "slug"),
    [
        (("--outcome", "approve"), "option-malformed"),
        (("--outcome", "a=0", "--outcome", "a=1"), "option-malformed"),
        (("--outcome", "a=0", "--outcome", "b=lots"), "threshold-malformed"),
        (("--outcome", "a=0", "--mode", "half"), "option-malformed"),
        (("--outcome", "a=0", "--outcome", "b=70%", "--outcome", "c=30%"), None),
        (("--outcome", "a=0", "--overseer", "mun1nonsense"), "account-id-malformed"),
    ],
)
def test_terms_that_cannot_be_are_named(world: World, options: tuple[str, ...], slug: str | None) -> None:
    people = ("--by", world.ann, "--overseer", world.ann)
    error = refused("systems", "deploy", world.ledger, "other", "--model", "card-fraud", *people, *options)
    assert slug is None or error["slug"] == slug
    assert len(done("systems", "list", world.ledger)["systems"]) == 1


def test_an_unreadable_file_is_named(world: World, tmp_path: Path) -> None:
    assert refused("models", "check", tmp_path)["slug"] == "file-unreadable"
    assert refused("models", "check", tmp_path / "none.onnx")["slug"] == "file-unreadable"

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest
from tests.harness.deciding import ANN, BOB, SIMPLE, RecordNotActive, ledger, publication
from tests.harness.exact_models import linear

from muniment.core.keys import encode_account
from muniment.exact.checker import SIZE_LIMIT_BYTES
from muniment.exact.errors import NotExact
from muniment.modules.models.errors import (
    ModelAlreadyPublished,
    ModelFieldOutOfBounds,
    ModelNameMalformed,
    ModelNameTaken,
    ModelUnknown,
)
from muniment.modules.models.events import ModelPublished
from muniment.modules.models.types import MAX_ARTIFACT_BYTES, Metric

HASH = sha256(SIMPLE).digest()


def test_a_model_is_published_with_its_papers() -> None:
    harness = ledger()
    metrics = (Metric("average precision", 8123, 4, 512, "2013-09-02"),)
    outcome = harness.accept(ANN, msgspec.structs.replace(publication(), metrics=metrics))
    (event,) = outcome.events
    assert isinstance(event, ModelPublished)
    assert (event.model, event.number, event.owner, event.metrics) == (HASH, 1, ANN.id, metrics)
    assert harness.query("model_papers", ref="risk") == event
    assert harness.query("model_artifact", model=HASH) == SIMPLE
    assert harness.query("model_card", ref="risk").id == HASH
    found = harness.query("model", ref="risk")
    assert (found.number, found.standing, found.identity) == (1, "active", outcome.identity)


def test_a_second_artifact_is_the_second_version() -> None:
    harness = ledger()
    second = linear((1, 1))
    harness.accept(ANN, publication())
    harness.accept(ANN, publication(second, label="v2"))
    assert [version.number for version in harness.query("model_versions", ref="risk")] == [1, 2]
    assert harness.query("model", ref="risk").model == sha256(second).digest()
    assert harness.query("model", ref="risk@1").model == HASH
    assert harness.query("model", ref=sha256(second).hexdigest()).number == 2


def test_two_names_may_share_an_artifact_that_is_kept_once() -> None:
    harness = ledger()
    harness.accept(ANN, publication())
    size = sum(map(len, harness.store.values.values()))
    harness.accept(BOB, publication(name="copy"))
    assert sum(map(len, harness.store.values.values())) - size < len(SIMPLE)
    assert harness.query("model", ref=HASH.hex()).name == "risk"
    assert [found.name for found in harness.query("models")] == ["risk", "copy"]
    assert [found.name for found in harness.query("models", start=1, limit=5)] == ["copy"]


def test_a_name_belongs_to_its_first_publisher() -> None:
    harness = ledger()
    harness.accept(ANN, publication())
    refused = harness.reject(ModelNameTaken, BOB, publication(linear((1, 1))))
    assert (refused.name, refused.owner) == ("risk", encode_account(ANN.id))


def test_the_same_artifact_twice_under_one_name_is_refused() -> None:
    harness = ledger()
    harness.accept(ANN, publication())
    refused = harness.reject(ModelAlreadyPublished, ANN, publication(label="again"))
    assert (refused.model, refused.number) == (HASH.hex(), 1)


@pytest.mark.parametrize("record", [768, 1024, -1, 2**63])
def test_a_training_record_that_is_not_active_is_refused_by_name(record: int) -> None:
    refused = ledger().reject(RecordNotActive, ANN, msgspec.structs.replace(publication(), trained_on=(256, record)))
    assert refused.record == record


def test_a_metric_on_a_record_that_is_not_active_is_refused_by_name() -> None:
    message = msgspec.structs.replace(publication(), metrics=(Metric("loss", 1, 0, 768),))
    assert ledger().reject(RecordNotActive, ANN, message).record == 768


@pytest.mark.parametrize("artifact", [b"\x00", b"not a model", SIMPLE[:-1], SIMPLE + b"\x00"])
def test_what_is_not_exact_is_refused_with_node_and_reason(artifact: bytes) -> None:
    refused = ledger().reject(NotExact, ANN, publication(artifact))
    assert refused.node
    assert refused.reason


def test_the_bound_of_artifacts_is_that_of_the_checker() -> None:
    assert MAX_ARTIFACT_BYTES == SIZE_LIMIT_BYTES


@pytest.mark.parametrize("name", ["", "Risk", "r" * 65, "a b", "risk\n", "ärger", "a@1", "f" * 64, "a\0b"])
def test_a_malformed_name_is_refused(name: str) -> None:
    ledger().reject(ModelNameMalformed, ANN, publication(name=name))


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("label", "l" * 65, "label"),
        ("artifact", b"", "artifact"),
        ("artifact", bytes(MAX_ARTIFACT_BYTES + 1), "artifact"),
        ("licence", "", "licence"),
        ("licence", "l" * 129, "licence"),
        ("intended_use", "", "intended_use"),
        ("intended_use", "u" * 4097, "intended_use"),
        ("limits", "u" * 4097, "limits"),
        ("trained_on", (256,) * 257, "trained_on"),
        ("metrics", (Metric("m", 1, 0),) * 65, "metrics"),
        ("metrics", (Metric("", 1, 0),), "metrics[0].name"),
        ("metrics", (Metric("m", 1, 0), Metric("m" * 65, 1, 0)), "metrics[1].name"),
        ("metrics", (Metric("m", 2**53 + 1, 0),), "metrics[0].value"),
        ("metrics", (Metric("m", 1, 19),), "metrics[0].decimals"),
        ("metrics", (Metric("m", 1, 0, None, "n" * 513),), "metrics[0].note"),
    ],
)
def test_a_field_out_of_its_bounds_is_refused_by_name(field: str, value: object, named: str) -> None:
    refused = ledger().reject(ModelFieldOutOfBounds, ANN, msgspec.structs.replace(publication(), **{field: value}))
    assert refused.field == named
    assert not refused.minimum <= refused.value <= refused.maximum


def test_a_rejected_transaction_publishes_nothing() -> None:
    ledger().leaves_no_trace(ANN, publication())


@pytest.mark.parametrize("ref", ["risk", "risk@2", "a" * 64])
def test_an_unknown_model_is_named(ref: str) -> None:
    harness = ledger()
    if ref == "risk@2":
        harness.accept(ANN, publication())
    for query in ("model", "model_papers", "model_card"):
        with pytest.raises(ModelUnknown) as refused:
            harness.query(query, ref=ref)
        assert refused.value.model == ref


def test_a_free_name_has_no_versions() -> None:
    with pytest.raises(ModelUnknown):
        ledger().query("model_versions", ref="risk")


@pytest.mark.parametrize("ref", ["risk@", "risk@0", "risk@x", "risk@1@1", "@1", "risk@1234567890"])
def test_a_malformed_reference_is_refused(ref: str) -> None:
    with pytest.raises(ModelNameMalformed):
        ledger().query("model", ref=ref)


def test_nothing_lies_under_an_unknown_hash() -> None:
    harness = ledger()
    for digest in (bytes(32), b"", bytes(600)):
        with pytest.raises(ModelUnknown):
            harness.query("model_artifact", model=digest)

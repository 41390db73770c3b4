from __future__ import annotations

from hashlib import sha256

import pytest
from tests.harness.deciding import ANN, BOB, SIMPLE, ledger, publication
from tests.harness.exact_models import linear
from tests.harness.machine import Harness

from muniment.core.codec import Wire
from muniment.core.errors import Halted
from muniment.exact.runner import shelf
from muniment.modules.models.errors import (
    ModelFieldOutOfBounds,
    ModelNameMalformed,
    ModelNotUsable,
    ModelStandingUnchanged,
    ModelUnknown,
    NotModelOwner,
)
from muniment.modules.models.events import ModelResumed, ModelRetired, ModelSuspended
from muniment.modules.models.messages import ResumeModel, RetireModel, SuspendModel
from muniment.modules.models.queries import check_usable
from muniment.modules.models.runners import Runners

HASH = sha256(SIMPLE).digest()
SUSPEND = SuspendModel("risk", HASH, "drift")
RESUME = ResumeModel("risk", HASH, "recalibrated")
RETIRE = RetireModel("risk", HASH, "replaced")


def published() -> Harness:
    harness = ledger()
    harness.accept(ANN, publication())
    return harness


def test_a_suspended_model_is_not_usable_until_resumed() -> None:
    harness = published()
    (event,) = harness.accept(ANN, SUSPEND).events
    assert event == ModelSuspended(name="risk", model=HASH, reason="drift")
    with pytest.raises(ModelNotUsable) as refused:
        check_usable(harness.reader, "risk", HASH)
    assert (refused.value.standing, refused.value.reason) == ("suspended", "drift")
    (event,) = harness.accept(ANN, RESUME).events
    assert event == ModelResumed(name="risk", model=HASH, reason="recalibrated")
    check_usable(harness.reader, "risk", HASH)


@pytest.mark.parametrize("before", [(), (SUSPEND,)])
def test_retirement_is_final(before: tuple[Wire, ...]) -> None:
    harness = published()
    for message in before:
        harness.accept(ANN, message)
    (event,) = harness.accept(ANN, RETIRE).events
    assert event == ModelRetired(name="risk", model=HASH, reason="replaced")
    for message in (SUSPEND, RESUME, RETIRE):
        assert harness.reject(ModelStandingUnchanged, ANN, message).standing == "retired"


def test_a_suspension_stops_the_model_under_that_name_only() -> None:
    harness = published()
    harness.accept(BOB, publication(name="copy"))
    harness.accept(ANN, SUSPEND)
    check_usable(harness.reader, "copy", HASH)


def test_only_what_is_active_can_be_suspended_and_only_what_is_suspended_resumed() -> None:
    harness = published()
    assert harness.reject(ModelStandingUnchanged, ANN, RESUME).wanted == "active"
    harness.accept(ANN, SUSPEND)
    assert harness.reject(ModelStandingUnchanged, ANN, SUSPEND).wanted == "suspended"


@pytest.mark.parametrize("message", [SUSPEND, RESUME, RETIRE])
def test_a_stranger_changes_nothing(message: Wire) -> None:
    assert published().reject(NotModelOwner, BOB, message).name == "risk"


@pytest.mark.parametrize("kind", [SuspendModel, ResumeModel, RetireModel])
def test_malformed_changes_are_refused(kind: type[SuspendModel]) -> None:
    harness = published()
    assert harness.reject(ModelFieldOutOfBounds, ANN, kind("risk", HASH, "")).field == "reason"
    assert harness.reject(ModelFieldOutOfBounds, ANN, kind("risk", HASH, "r" * 1025)).field == "reason"
    assert harness.reject(ModelFieldOutOfBounds, ANN, kind("risk", HASH[:31], "r")).field == "model"
    harness.reject(ModelNameMalformed, ANN, kind("no name", HASH, "r"))
    harness.reject(ModelUnknown, ANN, kind("other", HASH, "r"))
    harness.reject(ModelUnknown, ANN, kind("risk", bytes(32), "r"))


@pytest.mark.parametrize("message", [SUSPEND, RETIRE])
def test_a_rejected_transaction_changes_no_standing(message: Wire) -> None:
    published().leaves_no_trace(ANN, message)


def test_a_resumption_that_is_rejected_later_leaves_no_trace() -> None:
    harness = published()
    harness.accept(ANN, SUSPEND)
    harness.leaves_no_trace(ANN, RESUME)


def test_runners_know_only_what_the_state_knows() -> None:
    runners, here, elsewhere = Runners(), published(), ledger()
    assert runners.runner(here.reader, HASH) is runners.runner(here.reader, HASH)
    with pytest.raises(ModelUnknown):
        runners.runner(elsewhere.reader, HASH)


def test_models_that_were_forgotten_are_loaded_again() -> None:
    harness, runners = ledger(), Runners()
    artifacts = [linear((index + 1, 1)) for index in range(70)]
    for artifact in artifacts:
        harness.accept(ANN, publication(artifact))
    for artifact in artifacts * 2:
        assert runners.card(harness.reader, sha256(artifact).digest()).size_bytes == len(artifact)
    assert len(shelf) <= 64


def test_two_ledgers_share_what_is_loaded() -> None:
    assert Runners().runner(published().reader, HASH) is Runners().runner(published().reader, HASH)


@pytest.mark.parametrize("prefix", [b"Ma", b"Mn", b"Mp", b"Mv", b"Mh", b"Mf"])
def test_the_invariant_notices_what_is_missing(prefix: bytes) -> None:
    harness = published()
    for kept in (harness.store.values, harness.store.facts):
        for key in [key for key in kept if key.startswith(prefix)]:
            del kept[key]
    with pytest.raises(Halted):
        harness.machine.check_invariants(harness.reader)


def test_the_invariant_notices_another_artifact() -> None:
    harness = published()
    harness.store.values[b"Ma" + HASH] = harness.store.values[b"Ma" + HASH][:-1] + b"!"
    with pytest.raises(Halted):
        harness.machine.check_invariants(harness.reader)

from __future__ import annotations

import msgspec
import pytest
from tests.harness.deciding import (
    ANN,
    BOB,
    EVE,
    OVE,
    SIMPLE,
    ZOE,
    ledger,
    publication,
    reference,
    screening,
    terms,
)
from tests.harness.exact_models import linear
from tests.harness.machine import Harness, actor

from muniment.core.errors import Halted
from muniment.core.keys import encode_account
from muniment.modules.models.errors import ModelNotUsable, ModelUnknown
from muniment.modules.models.messages import SuspendModel
from muniment.modules.systems.errors import (
    AccountNotActive,
    AccountTwice,
    ChallengerDiffers,
    NotDeployer,
    OutcomesUnordered,
    SystemFieldOutOfBounds,
    SystemNameMalformed,
    SystemNameTaken,
    SystemUnknown,
    ThresholdOutOfRange,
)
from muniment.modules.systems.events import SystemDeployed, SystemUpdated
from muniment.modules.systems.messages import DeploySystem, UpdateSystem
from muniment.modules.systems.queries import terms as terms_of
from muniment.modules.systems.types import ModelReference, Outcome, Terms

OTHER = linear((1, 1))


def published() -> Harness:
    harness = ledger()
    harness.accept(ANN, publication())
    return harness


def deploy(**changes: object) -> DeploySystem:
    return DeploySystem("screening", msgspec.structs.replace(terms(), **changes))


def test_a_system_is_deployed_by_whoever_sends_it() -> None:
    harness = published()
    (event,) = harness.accept(BOB, DeploySystem("screening", terms())).events
    assert event == SystemDeployed(system="screening", version=1, deployer=BOB.id, terms=terms())
    found = harness.query("system", system="screening")
    assert (found.deployer, found.version, found.terms, found.stop) == (BOB.id, 1, terms(), None)
    assert [system.name for system in harness.query("systems")] == ["screening"]


def test_an_update_is_a_new_version_and_the_old_one_stays_readable() -> None:
    harness = screening()
    changed = terms(outcomes=(Outcome("yes", 0), Outcome("no", 5)))
    outcome = harness.accept(ANN, UpdateSystem("screening", changed))
    assert outcome.events == (SystemUpdated(system="screening", version=2, deployer=ANN.id, terms=changed),)
    found = harness.query("system", system="screening")
    assert (found.version, found.terms, found.identity) == (2, changed, outcome.identity)
    assert [version.terms for version in harness.query("system_history", system="screening")] == [terms(), changed]
    assert terms_of(harness.reader, "screening", 1) == terms()


@pytest.mark.parametrize("version", [0, 2, -1, 2**32])
def test_a_version_that_never_was_is_unknown(version: int) -> None:
    with pytest.raises(SystemUnknown):
        terms_of(screening().reader, "screening", version)


def test_a_name_is_taken_once() -> None:
    refused = screening().reject(SystemNameTaken, BOB, DeploySystem("screening", terms()))
    assert refused.deployer == encode_account(ANN.id)


def test_a_stranger_updates_nothing() -> None:
    refused = screening().reject(NotDeployer, EVE, UpdateSystem("screening", terms()))
    assert (refused.sender, refused.deployer) == (encode_account(EVE.id), encode_account(ANN.id))


def test_an_unknown_system_is_named() -> None:
    harness = ledger()
    assert harness.reject(SystemUnknown, ANN, UpdateSystem("screening", terms())).system == "screening"
    for name in ("screening", "x" * 600):
        with pytest.raises(SystemUnknown):
            harness.query("system", system=name)
    with pytest.raises(SystemUnknown):
        harness.query("system_history", system="screening")
    assert harness.query("systems") == ()


@pytest.mark.parametrize("threshold", [-1996, 3006])
def test_a_threshold_outside_the_score_is_refused_with_the_range(threshold: int) -> None:
    outcomes = (
        Outcome("low", -5000),
        *sorted((Outcome("mid", 7), Outcome("odd", threshold)), key=lambda o: o.threshold),
    )
    refused = published().reject(ThresholdOutOfRange, ANN, deploy(outcomes=tuple(outcomes)))
    assert (refused.outcome, refused.threshold) == ("odd", threshold)
    assert (refused.minimum, refused.maximum) == (-1995, 3005)


def test_the_floor_may_lie_below_everything() -> None:
    published().accept(ANN, deploy(outcomes=(Outcome("low", -(2**60)), Outcome("least", -1995), Outcome("most", 3005))))


@pytest.mark.parametrize(
    "outcomes",
    [
        (Outcome("a", 5), Outcome("b", 5)),
        (Outcome("a", 5), Outcome("b", 4)),
        (Outcome("a", 5), Outcome("a", 6)),
    ],
)
def test_unordered_outcomes_are_refused(outcomes: tuple[Outcome, ...]) -> None:
    assert published().reject(OutcomesUnordered, ANN, deploy(outcomes=outcomes)).outcome == outcomes[1].name


@pytest.mark.parametrize("name", ["", "Screening", "s" * 65, "s s", "s\n", "s\0"])
def test_a_malformed_name_is_refused(name: str) -> None:
    harness = published()
    harness.reject(SystemNameMalformed, ANN, DeploySystem(name, terms()))
    harness.reject(SystemNameMalformed, ANN, UpdateSystem(name, terms()))
    harness.reject(SystemNameMalformed, ANN, deploy(outcomes=(Outcome(name, 0),)))


MANY = tuple(actor(f"overseer {index}").id for index in range(257))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": ""}, "purpose"),
        ({"purpose": "p" * 4097}, "purpose"),
        ({"provider": bytes(31)}, "an account in provider"),
        ({"overseers": ()}, "overseers"),
        ({"overseers": MANY[:65]}, "overseers"),
        ({"overseers": (bytes(33),)}, "an account in overseers"),
        ({"operators": MANY}, "operators"),
        ({"outcomes": ()}, "outcomes"),
        ({"outcomes": tuple(Outcome(f"o{index}", index) for index in range(17))}, "outcomes"),
        ({"model": ModelReference("risk", bytes(31))}, "model.model"),
        ({"model": ModelReference("r" * 65, bytes(32))}, "model.name"),
        ({"challenger": ModelReference("", bytes(32))}, "challenger.name"),
        ({"challenger": ModelReference("risk", b"")}, "challenger.model"),
    ],
)
def test_terms_out_of_bounds_are_refused_by_name(changes: dict[str, object], field: str) -> None:
    harness = screening()
    message = deploy(**changes)
    refused = harness.reject(SystemFieldOutOfBounds, ANN, DeploySystem("other", message.terms))
    assert refused.field == field
    assert harness.reject(SystemFieldOutOfBounds, ANN, UpdateSystem("screening", message.terms)).field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": ZOE.id}, "provider"),
        ({"overseers": (OVE.id, ZOE.id)}, "overseers"),
        ({"operators": (ZOE.id,)}, "operators"),
    ],
)
def test_an_account_that_cannot_act_is_refused_by_name(changes: dict[str, object], field: str) -> None:
    refused = published().reject(AccountNotActive, ANN, deploy(**changes))
    assert (refused.field, refused.account) == (field, encode_account(ZOE.id))


@pytest.mark.parametrize("field", ["overseers", "operators"])
def test_an_account_listed_twice_is_refused(field: str) -> None:
    assert published().reject(AccountTwice, ANN, deploy(**{field: (OVE.id, OVE.id)})).field == field


def test_an_unknown_mode_cannot_be_decoded() -> None:
    assert published().submit(ANN, deploy(mode="closed")).rejected is not None


@pytest.mark.parametrize("field", ["model", "challenger"])
def test_an_unknown_or_suspended_model_is_refused(field: str) -> None:
    harness = published()
    harness.accept(ANN, publication(OTHER, name="other"))
    harness.reject(ModelUnknown, ANN, deploy(**{field: reference(OTHER)}))
    harness.accept(ANN, SuspendModel("other", reference(OTHER).model, "drift"))
    harness.reject(ModelNotUsable, ANN, deploy(**{field: reference(OTHER, "other")}))


def test_a_challenger_takes_the_same_inputs() -> None:
    harness = published()
    for index, artifact in enumerate((linear((1, 1, 1)), linear((1, 1), label="y"))):
        harness.accept(ANN, publication(artifact, name=f"c{index}"))
        harness.reject(ChallengerDiffers, ANN, deploy(challenger=reference(artifact, f"c{index}")))
    harness.reject(ChallengerDiffers, ANN, deploy(challenger=reference(SIMPLE)))
    harness.accept(ANN, publication(OTHER, name="challenger"))
    harness.accept(ANN, DeploySystem("screening", terms(challenger=OTHER)))


def test_rejected_transactions_deploy_and_update_nothing() -> None:
    published().leaves_no_trace(ANN, deploy())
    screening().leaves_no_trace(ANN, UpdateSystem("screening", terms()))


def test_systems_are_listed_in_order() -> None:
    harness = published()
    for name in ("c", "a", "b"):
        harness.accept(ANN, DeploySystem(name, terms()))
    assert [system.name for system in harness.query("systems")] == ["c", "a", "b"]
    assert [system.name for system in harness.query("systems", start=1, limit=1)] == ["a"]
    assert harness.query("systems", start=9) == ()


@pytest.mark.parametrize("prefix", [b"Ss", b"Sv", b"Sf", b"Si"])
def test_an_invariant_notices_what_is_missing(prefix: bytes) -> None:
    harness = screening()
    for kept in (harness.store.values, harness.store.facts):
        for key in [key for key in kept if key.startswith(prefix)]:
            del kept[key]
    with pytest.raises(Halted):
        harness.machine.check_invariants(harness.reader)


@pytest.mark.parametrize("broken", [{"overseers": ()}, {"outcomes": ()}, {"purpose": "another"}])
def test_an_invariant_notices_terms_that_no_message_makes(broken: dict[str, object]) -> None:
    harness = screening()
    system = harness.query("system", system="screening")
    forged: Terms = msgspec.structs.replace(system.terms, **broken)
    harness.store.values[b"Ssscreening"] = msgspec.msgpack.encode(msgspec.structs.replace(system, terms=forged))
    with pytest.raises(Halted):
        harness.machine.check_invariants(harness.reader)

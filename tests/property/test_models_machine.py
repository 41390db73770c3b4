"""Random publications and changes of standing against a model of five lines; invariants hold after every block."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.harness.deciding import ANN, BOB, ledger, publication
from tests.harness.exact_models import linear
from tests.harness.machine import Actor

from muniment.core.errors import Rejected
from muniment.modules.models.errors import (
    ModelAlreadyPublished,
    ModelNameTaken,
    ModelNotUsable,
    ModelStandingUnchanged,
    ModelUnknown,
    NotModelOwner,
)
from muniment.modules.models.messages import ResumeModel, RetireModel, SuspendModel
from muniment.modules.models.queries import check_usable

ARTIFACTS = [linear((weight, 1)) for weight in range(3)]
ACTORS, NAMES = st.sampled_from([ANN, BOB]), st.sampled_from(["a", "b"])
WHICH = st.sampled_from(ARTIFACTS)
ALLOWED = {
    ("active", "suspended"),
    ("active", "retired"),
    ("suspended", "active"),
    ("suspended", "retired"),
}
KINDS = {"suspended": SuspendModel, "active": ResumeModel, "retired": RetireModel}


class ModelsMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.harness = ledger()
        self.owners: dict[str, Actor] = {}
        self.standings: dict[tuple[str, bytes], str] = {}

    @rule(by=ACTORS, name=NAMES, artifact=WHICH)
    def publish(self, by: Actor, name: str, artifact: bytes) -> None:
        expected: type[Rejected] | None = None
        if self.owners.get(name, by) != by:
            expected = ModelNameTaken
        elif (name, artifact) in self.standings:
            expected = ModelAlreadyPublished
        self._send(expected, by, publication(artifact, name=name))
        if expected is None:
            self.owners[name] = by
            self.standings[name, artifact] = "active"

    @rule(by=ACTORS, name=NAMES, artifact=WHICH, wanted=st.sampled_from(sorted(KINDS)))
    def change_standing(self, by: Actor, name: str, artifact: bytes, wanted: str) -> None:
        standing = self.standings.get((name, artifact))
        expected: type[Rejected] | None = None
        if standing is None:
            expected = ModelUnknown
        elif self.owners[name] != by:
            expected = NotModelOwner
        elif (standing, wanted) not in ALLOWED:
            expected = ModelStandingUnchanged
        self._send(expected, by, KINDS[wanted](name, sha256(artifact).digest(), "reason"))
        if expected is None:
            self.standings[name, artifact] = wanted

    def _send(self, expected: type[Rejected] | None, by: Actor, message: object) -> None:
        outcome = self.harness.submit(by, message)  # type: ignore[arg-type]
        assert (type(outcome.rejected) if outcome.rejected else None) is expected

    @invariant()
    def names_and_versions_agree(self) -> None:
        found = {summary.name: summary.owner for summary in self.harness.query("models")}
        assert found == {name: owner.id for name, owner in self.owners.items()}
        for name in self.owners:
            versions = self.harness.query("model_versions", ref=name)
            expected = [sha256(artifact).digest() for owned, artifact in self.standings if owned == name]
            assert [version.model for version in versions] == expected
            assert [version.number for version in versions] == list(range(1, len(expected) + 1))

    @invariant()
    def standings_agree(self) -> None:
        for name in ("a", "b"):
            for artifact in ARTIFACTS:
                assert self._usable(name, artifact) == self.standings.get((name, artifact), "unknown")

    def _usable(self, name: str, artifact: bytes) -> str:
        try:
            check_usable(self.harness.reader, name, sha256(artifact).digest())
        except ModelUnknown:
            return "unknown"
        except ModelNotUsable as refused:
            return refused.standing
        return "active"


ModelsMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestModelsMachine = ModelsMachine.TestCase

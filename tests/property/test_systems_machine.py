"""Random deployments, updates, stops and resumptions against a naive model; invariants hold after every block."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.harness.deciding import ANN, BOB, EVE, OVE, ledger, publication, terms
from tests.harness.machine import Actor

from muniment.core.codec import Wire
from muniment.core.errors import Rejected
from muniment.modules.systems.errors import (
    NotDeployer,
    NotInCharge,
    OverseersFixed,
    SystemIsRunning,
    SystemIsStopped,
    SystemNameTaken,
    SystemUnknown,
)
from muniment.modules.systems.messages import DeploySystem, ResumeSystem, StopSystem, UpdateSystem
from muniment.modules.systems.types import Terms

ACTORS, NAMES = st.sampled_from([ANN, BOB, OVE, EVE]), st.sampled_from(["a", "b"])
OVERSEERS = st.lists(st.sampled_from([OVE, EVE, ANN]), min_size=1, max_size=3, unique=True)


@dataclass
class Naive:
    deployer: Actor
    overseers: set[Actor]
    history: list[Terms] = field(default_factory=list)
    stop: str = ""


class SystemsMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.harness = ledger()
        self.harness.accept(ANN, publication())
        self.systems: dict[str, Naive] = {}

    @rule(by=ACTORS, name=NAMES, overseers=OVERSEERS)
    def deploy(self, by: Actor, name: str, overseers: list[Actor]) -> None:
        wanted = terms(overseers=tuple(overseers))
        expected = SystemNameTaken if name in self.systems else None
        self._send(expected, by, DeploySystem(name, wanted))
        if expected is None:
            self.systems[name] = Naive(by, set(overseers), [wanted])

    @rule(by=ACTORS, name=NAMES, overseers=OVERSEERS)
    def update(self, by: Actor, name: str, overseers: list[Actor]) -> None:
        found, wanted = self.systems.get(name), terms(overseers=tuple(overseers))
        expected: type[Rejected] | None = None
        if found is None:
            expected = SystemUnknown
        elif found.deployer != by:
            expected = NotDeployer
        elif found.stop == "overseer" and found.overseers != set(overseers):
            expected = OverseersFixed
        self._send(expected, by, UpdateSystem(name, wanted))
        if found is not None and expected is None:
            found.overseers = set(overseers)
            found.history.append(wanted)

    @rule(by=ACTORS, name=NAMES)
    def stop(self, by: Actor, name: str) -> None:
        found = self.systems.get(name)
        expected: type[Rejected] | None = None
        role = "" if found is None else "overseer" if by in found.overseers else "deployer"
        if found is None:
            expected = SystemUnknown
        elif by not in found.overseers and by != found.deployer:
            expected = NotInCharge
        elif found.stop and (found.stop, role) != ("deployer", "overseer"):
            expected = SystemIsStopped
        self._send(expected, by, StopSystem(name, "reason"))
        if found is not None and expected is None:
            found.stop = role

    @rule(by=ACTORS, name=NAMES)
    def resume(self, by: Actor, name: str) -> None:
        found = self.systems.get(name)
        expected: type[Rejected] | None = None
        if found is None:
            expected = SystemUnknown
        elif not found.stop:
            expected = SystemIsRunning
        elif by not in found.overseers | ({found.deployer} if found.stop == "deployer" else set()):
            expected = NotInCharge
        self._send(expected, by, ResumeSystem(name, "reason"))
        if found is not None and expected is None:
            found.stop = ""

    def _send(self, expected: type[Rejected] | None, by: Actor, message: Wire) -> None:
        outcome = self.harness.submit(by, message)
        assert (type(outcome.rejected) if outcome.rejected else None) is expected

    @invariant()
    def systems_agree(self) -> None:
        found = self.harness.query("systems")
        assert [system.name for system in found] == list(self.systems)
        for system, naive in zip(found, self.systems.values(), strict=True):
            stop = "" if system.stop is None else "overseer" if system.stop.by_overseer else "deployer"
            assert (system.deployer, system.version, stop) == (naive.deployer.id, len(naive.history), naive.stop)
            history = self.harness.query("system_history", system=system.name)
            assert [version.terms for version in history] == naive.history


SystemsMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestSystemsMachine = SystemsMachine.TestCase

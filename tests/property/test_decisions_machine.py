"""Random decisions, disputes, appeals and rulings against a naive model; invariants hold after every block."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule
from tests.harness.deciding import ANN, BOB, EVE, OVE, SIMPLE, screening
from tests.harness.machine import Actor

from muniment.core.codec import Wire
from muniment.core.errors import Rejected
from muniment.core.sealing import seal, subject_commitment
from muniment.modules.decisions.errors import (
    AppealIsOpen,
    DisputeResolved,
    NoOpenAppeal,
    NotOverseer,
    NotParty,
    NotSealed,
    OpeningWrong,
    OutcomeInconsistent,
    OutcomeUnchanged,
    SubjectNotProven,
)
from muniment.modules.decisions.messages import (
    AppealDecision,
    Decide,
    DecideSealed,
    DisputeDecision,
    OverrideDecision,
    UpholdDecision,
)
from muniment.modules.systems.errors import SystemIsRunning, SystemIsStopped
from muniment.modules.systems.messages import ResumeSystem, StopSystem

SALT, SALTS, HASH = b"s" * 16, (b"a" * 16, b"b" * 16), sha256(SIMPLE).digest()
ACTORS = st.sampled_from([ANN, BOB, EVE, OVE])
VALUES = st.tuples(st.integers(0, 1000), st.integers(0, 1000))
OUTCOMES = ["approve", "review", "block"]


def naive_score(values: tuple[int, int]) -> int:
    return 3 * values[0] - 2 * values[1] + 5


def naive_outcome(score: int) -> str:
    return "block" if score >= 1000 else "review" if score >= 100 else "approve"


@dataclass
class Naive:
    identity: int
    values: tuple[int, int]
    score: int
    sealed: bool
    about: Actor | None
    outcome: str
    overridden: bool = False
    disputed: bool = False
    appealed: bool = False
    by_subject: bool = False


Made = Naive | MultipleResults[Naive]


class DecisionsMachine(RuleBasedStateMachine):
    decisions: Bundle[Naive] = Bundle("decisions")

    @initialize()
    def begin(self) -> None:
        self.harness = screening(operators=(BOB,))
        self.made: list[Naive] = []
        self.stopped = False

    @rule()
    def stop(self) -> None:
        self._send(SystemIsStopped if self.stopped else None, OVE, StopSystem("screening", "r"))
        self.stopped = True

    @rule()
    def resume(self) -> None:
        self._send(None if self.stopped else SystemIsRunning, OVE, ResumeSystem("screening", "r"))
        self.stopped = False

    @rule(target=decisions, by=st.sampled_from([ANN, BOB]), values=VALUES, about=st.none() | ACTORS)
    def decide(self, by: Actor, values: tuple[int, int], about: Actor | None) -> Made:
        expected = SystemIsStopped if self.stopped else None
        identity = self._send(expected, by, Decide("screening", values, _subject(about)))
        return self._made(identity, values, naive_score(values), sealed=False, about=about)

    @rule(
        target=decisions,
        values=VALUES,
        error=st.sampled_from([0, 0, 1, 500]),
        claimed=st.sampled_from([*OUTCOMES, None, None, None]),
        about=st.none() | ACTORS,
    )
    def decide_sealed(self, values: tuple[int, int], error: int, claimed: str | None, about: Actor | None) -> Made:
        score = min(naive_score(values) + error, 3005)
        outcome = claimed or naive_outcome(score)
        commitment = seal(("x0", "x1"), values, SALTS)
        expected: type[Rejected] | None = None
        if self.stopped:
            expected = SystemIsStopped
        elif outcome != naive_outcome(score):
            expected = OutcomeInconsistent
        message = DecideSealed("screening", HASH, commitment, 2, score, outcome, _subject(about))
        return self._made(self._send(expected, ANN, message), values, score, sealed=True, about=about)

    @rule(by=ACTORS, decision=decisions, honest=st.booleans())
    def dispute(self, by: Actor, decision: Naive, honest: bool) -> None:
        values = decision.values if honest else (decision.values[0], decision.values[1] ^ 1)
        expected: type[Rejected] | None = None
        if not decision.sealed:
            expected = NotSealed
        elif decision.disputed:
            expected = DisputeResolved
        elif not honest:
            expected = OpeningWrong
        self._send(expected, by, DisputeDecision(decision.identity, values, SALTS))
        if expected is None:
            decision.disputed = True
            if not decision.overridden:
                decision.outcome = naive_outcome(naive_score(decision.values))

    @rule(by=ACTORS, decision=decisions, as_subject=st.booleans())
    def appeal(self, by: Actor, decision: Naive, as_subject: bool) -> None:
        expected: type[Rejected] | None = None
        decider = BOB if self._decider(decision) == BOB.id else ANN
        if as_subject and decision.about != by:
            expected = SubjectNotProven
        elif not as_subject and by not in (ANN, OVE, decider):
            expected = NotParty
        elif decision.appealed and (decision.by_subject or not as_subject):
            expected = AppealIsOpen
        message = AppealDecision(decision.identity, bytes(32), "category", SALT if as_subject else None)
        self._send(expected, by, message)
        if expected is None:
            decision.appealed, decision.by_subject = True, as_subject

    @rule(by=ACTORS, decision=decisions, outcome=st.sampled_from(OUTCOMES))
    def override(self, by: Actor, decision: Naive, outcome: str) -> None:
        expected: type[Rejected] | None = None
        if by != OVE:
            expected = NotOverseer
        elif outcome == decision.outcome:
            expected = OutcomeUnchanged
        self._send(expected, by, OverrideDecision(decision.identity, outcome, "reason"))
        if expected is None:
            decision.outcome, decision.overridden, decision.appealed = outcome, True, False

    @rule(by=ACTORS, decision=decisions)
    def uphold(self, by: Actor, decision: Naive) -> None:
        expected: type[Rejected] | None = None
        if by != OVE:
            expected = NotOverseer
        elif not decision.appealed:
            expected = NoOpenAppeal
        self._send(expected, by, UpholdDecision(decision.identity, "reason"))
        decision.appealed = decision.appealed and expected is not None

    @invariant()
    def decisions_agree(self) -> None:
        for naive in self.made:
            found = self.harness.query("decision", identity=naive.identity)
            assert (found.made.score, found.outcome) == (naive.score, naive.outcome)
            appeal = None if found.status is None else found.status.appeal
            assert (appeal is not None and appeal.ruling == "open") == naive.appealed
            disputed = found.status is not None and found.status.dispute is not None
            assert disputed == naive.disputed

    def _decider(self, decision: Naive) -> bytes:
        decider: bytes = self.harness.query("decision", identity=decision.identity).made.decider
        return decider

    def _made(self, identity: int, values: tuple[int, int], score: int, *, sealed: bool, about: Actor | None) -> Made:
        if identity < 0:
            return multiple()
        made = Naive(identity, values, score, sealed, about, naive_outcome(score))
        self.made.append(made)
        return made

    def _send(self, expected: type[Rejected] | None, by: Actor, message: Wire) -> int:
        outcome = self.harness.submit(by, message)
        assert (type(outcome.rejected) if outcome.rejected else None) is expected
        return outcome.identity


def _subject(about: Actor | None) -> bytes | None:
    return None if about is None else subject_commitment(about.id, SALT)


DecisionsMachine.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestDecisionsMachine = DecisionsMachine.TestCase

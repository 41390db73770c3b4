"""A decision is the same whether it was scored with its block, by itself, or in a block cut anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harness.deciding import ANN, BOB, EVE, OVE, ledger, modules, publication, reference, terms
from tests.harness.exact_models import linear
from tests.harness.machine import ANYONE, Actor, DictStore, Harness

from muniment.core.codec import Wire
from muniment.core.errors import Rejected
from muniment.core.machine import Machine, Moment
from muniment.core.state import Bottom
from muniment.core.transaction import Transaction, Window
from muniment.exact.runner import load
from muniment.modules.decisions.messages import Decide
from muniment.modules.decisions.scoring import score_many, score_one
from muniment.modules.models.messages import ResumeModel, SuspendModel
from muniment.modules.systems.messages import DeploySystem, ResumeSystem, StopSystem, UpdateSystem
from muniment.modules.systems.types import Terms

PLAIN, OTHER = linear((3, -2), constant=5), linear((1, 1), constant=7)
MISSING = linear((2, 1), nullable=True)
NAMES = {PLAIN: "risk", OTHER: "other", MISSING: "missing"}

GOOD = st.tuples(st.integers(0, 1000), st.integers(0, 1000))
ANY_VALUE = st.none() | st.sampled_from([-1, 0, 1000, 1001, -(2**63), 2**63 - 1, 2**63, 2**64 - 1])
ROW = GOOD | st.lists(ANY_VALUE, max_size=3).map(tuple)
DECIDE = st.tuples(
    st.sampled_from([ANN, ANN, BOB, EVE]),
    st.builds(Decide, st.sampled_from(["one", "two", "none"]), ROW, st.none(), st.booleans()),
)


def _terms(artifact: bytes, challenger: bytes | None) -> Terms:
    found = terms(artifact, name=NAMES[artifact], operators=(BOB,))
    if challenger is None or challenger == artifact:
        return found
    return msgspec.structs.replace(found, challenger=reference(challenger, NAMES[challenger]))


def _update(system: str, artifact: bytes, challenger: bytes | None) -> UpdateSystem:
    return UpdateSystem(system, _terms(artifact, challenger))


def _standing(kind: type[SuspendModel], artifact: bytes) -> SuspendModel:
    return kind(NAMES[artifact], reference(artifact).model, "r")


CHANGE = st.one_of(
    st.tuples(st.just(OVE), st.sampled_from([StopSystem("one", "r"), ResumeSystem("one", "r")])),
    st.tuples(
        st.just(ANN),
        st.builds(
            _update,
            st.sampled_from(["one", "two"]),
            st.sampled_from([PLAIN, OTHER, MISSING]),
            st.sampled_from([None, PLAIN, OTHER]),
        ),
    ),
    st.tuples(
        st.just(ANN),
        st.builds(_standing, st.sampled_from([SuspendModel, ResumeModel]), st.sampled_from([PLAIN, OTHER])),
    ),
)
TRAFFIC = st.lists(st.one_of(DECIDE, DECIDE, DECIDE, CHANGE), min_size=1, max_size=24)


def _begun() -> Harness:
    harness = ledger()
    for artifact, name in NAMES.items():
        harness.accept(ANN, publication(artifact, name=name))
    harness.accept(ANN, DeploySystem("one", _terms(PLAIN, OTHER)))
    harness.accept(ANN, DeploySystem("two", _terms(MISSING, None)))
    return harness


START = _begun()
PREPARING = Machine([*modules(), ANYONE])
UNPREPARED = Machine([*(replace(module, prepare=None) for module in modules()), ANYONE])


def _run(machine: Machine, transactions: Sequence[Transaction], cuts: set[int]) -> tuple[Any, ...]:
    """Execute in blocks that begin at `cuts`, all at one height and time, so that all else must agree."""
    store = DictStore()
    store.values, store.facts = START.snapshot()
    receipts: list[bytes] = []
    effects: list[bytes] = []
    codes: list[int] = []
    edges = [0, *sorted(cuts), len(transactions)]
    for first, last in pairwise(edges):
        moment = Moment(START.height + 1, START.time_ms + 1, START.position + len(receipts))
        executed = machine.execute(Bottom(store), transactions[first:last], moment=moment, window=Window())
        store.apply(executed)
        receipts += executed.receipts
        effects += executed.effects
        codes += [0 if verdict is None else verdict.code for verdict in executed.verdicts]
    return receipts, effects, codes, store.values, store.facts


@given(TRAFFIC, st.sets(st.integers(1, 23), max_size=5))
@settings(max_examples=120, deadline=None)
def test_prepared_or_not_in_one_block_or_many(traffic: list[tuple[Actor, Wire]], cuts: set[int]) -> None:
    transactions = [START.transaction(sender, message) for sender, message in traffic]
    here = {cut for cut in cuts if cut < len(transactions)}
    expected = _run(UNPREPARED, transactions, set(range(1, len(transactions))))
    assert 1 not in expected[2], "a handler failed unforeseen"
    assert _run(PREPARING, transactions, set()) == expected
    assert _run(PREPARING, transactions, here) == expected
    assert _run(UNPREPARED, transactions, set()) == expected


@given(st.sampled_from([PLAIN, MISSING]), st.lists(ROW, max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_batch_scores_a_row_exactly_when_it_would_be_scored_alone(
    artifact: bytes, rows: list[tuple[int | None, ...]]
) -> None:
    runner = load(artifact)
    alone: list[int | None] = []
    for row in rows:
        try:
            alone.append(score_one(runner, row))
        except Rejected:
            alone.append(None)
    assert list(score_many(runner, rows)) == alone

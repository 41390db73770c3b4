"""What the SDK promises whatever link it uses: every link passes this suite.

A link is added by one line in `LINKS`: a function that gives a link to an empty ledger for the time of a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from tests.harness.ledger import anchor, sign
from tests.harness.ledger import ledger as node_of
from tests.harness.sdk import ANN, BOB, OLGA, ROW, ZOE, score, screening

import muniment as mu
from muniment.client.ledger import Ledger
from muniment.client.link import Link
from muniment.client.local import Local, PositionUnknown
from muniment.core import claims
from muniment.core.transaction import Duplicate, Expired, ForeignChain
from muniment.engines.contract import Committed
from muniment.modules.decisions.errors import DecisionUnknown, NotDecider
from muniment.modules.systems.errors import SystemIsStopped, SystemUnknown


@contextmanager
def embedded(path: Path) -> Iterator[Link]:
    """A ledger in this process."""
    with node_of(path) as node:
        yield Local(node)


LINKS: dict[str, Callable[[Path], AbstractContextManager[Link]]] = {"embedded": embedded}


@pytest.fixture(params=LINKS)
def link(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Link]:
    """Give a link to an empty ledger."""
    with LINKS[request.param](tmp_path / "ledger") as given:
        yield given


@pytest.fixture
def ledger(link: Link) -> Ledger:
    """Give an empty ledger."""
    return Ledger(link)


class LinkSuite:
    """What every link does."""

    def test_outcomes_come_in_order_one_for_each_envelope(self, link: Link) -> None:
        good = [sign(link.chain, ANN, anchor(number)) for number in range(3)]
        bad = sign("another-12345678", ANN, anchor(9))
        late = sign(link.chain, ANN, anchor(9), expires_ms=1)
        outcomes = link.submit([good[0], bad, good[1], late, good[2], good[0]], wait_s=30.0).result(60)
        kinds = [type(outcome) for outcome in outcomes]
        assert kinds == [Committed, ForeignChain, Committed, Expired, Committed, Duplicate]
        places = [outcome.position for outcome in outcomes if isinstance(outcome, Committed)]
        assert places == [0, 1, 2]

    def test_nothing_submitted_is_answered_at_once(self, link: Link) -> None:
        assert link.submit([]).result(30) == []

    def test_what_is_acknowledged_can_be_shown_at_once(self, link: Link) -> None:
        envelope = sign(link.chain, ANN, anchor(1))
        (outcome,) = link.submit([envelope], wait_s=30.0).result(60)
        assert isinstance(outcome, Committed)
        key = claims.status_key("record", outcome.position << 8)
        evidence = link.evidence(outcome.position, [key])
        assert (evidence.envelope, evidence.receipt, evidence.effects) == (envelope, outcome.receipt, outcome.effects)
        assert [(entry.key, entry.value) for entry in evidence.state] == [(key, None)]
        assert link.status().log_size == 1
        assert link.query("records", "record", record=outcome.position << 8).name == "data set 1"

    def test_what_is_not_there_is_refused_by_name(self, link: Link) -> None:
        with pytest.raises(PositionUnknown):
            link.evidence(0, [])
        with pytest.raises(DecisionUnknown):
            link.query("decisions", "decision", identity=0)
        with pytest.raises(mu.Rejected):
            link.query("records", "no such query")
        with pytest.raises(mu.Rejected):
            link.query("no such module", "record")

    def test_the_status_names_the_chain_and_grows(self, link: Link) -> None:
        before = link.status()
        assert (before.chain, before.log_size, before.pending) == (link.chain, 0, 0)
        assert link.trust.chain == link.chain
        link.submit([sign(link.chain, ANN, anchor(1))], wait_s=30.0).result(60)
        after = link.status()
        assert (after.log_size, after.height) == (1, before.height + 1)
        assert after.app_hash != before.app_hash
        assert after.time_ms >= before.time_ms

    def test_a_closed_link_is_unavailable(self, link: Link) -> None:
        link.close()
        with pytest.raises(mu.Unavailable):
            link.submit([b"anything"])
        with pytest.raises(mu.Unavailable):
            link.query("systems", "systems")
        with pytest.raises(mu.Unavailable):
            link.status()
        with pytest.raises(mu.Unavailable):
            link.evidence(0, [])


class SurfaceSuite:
    """What the SDK does on every link."""

    def test_data_models_systems_and_decisions_lead_to_a_proof(self, ledger: Ledger, tmp_path: Path) -> None:
        record = ledger.records.anchor([{"x0": 1}], by=ANN, name="data")
        system = screening(ledger)
        one = ledger.decide(system, ROW, by=ANN)
        many = ledger.decide_many("screening", [ROW, {"x0": 99.0, "x1": 1.0}, ROW], by=ANN, batch=1)
        assert (one.score, many.score, many.rows) == (score(2, 1), [score(2, 1)] * 2, [0, 2])
        for thing in (record, one, many[1]):
            path = ledger.prove(thing).save(tmp_path / "it.mproof")
            assert mu.verify(path, trust=ledger.trust).identity == thing.identity
        assert mu.replay(path).identical

    def test_sealed_decisions_are_opened_disputed_and_proven(self, ledger: Ledger, tmp_path: Path) -> None:
        screening(ledger, mode="sealed")
        many = ledger.decide_many("screening", [ROW] * 3, by=ANN)
        kept = many.save_openings(tmp_path / "kept")
        ledger.decisions.dispute(many[0].id, opening=kept, by=BOB)
        assert ledger.decisions.get(many[0]).status is not None
        assert mu.replay(ledger.prove(many[1].id, show=True, opening=kept)).identical

    def test_people_appeal_override_and_stop(self, ledger: Ledger) -> None:
        screening(ledger)
        zoe = mu.Subject.of(ZOE)
        decision = ledger.decide("screening", ROW, by=ANN, subject=zoe)
        ledger.decisions.appeal(decision, by=ZOE, grounds=bytes(32), category="mistake", salt=zoe)
        ledger.decisions.override(decision, outcome="approve", by=OLGA, reason="known")
        assert ledger.decisions.get(decision).outcome == "approve"
        assert [one.identity for one in ledger.decisions.questioned()] == [decision.identity]
        ledger.systems.stop("screening", by=OLGA, reason="drift")
        with pytest.raises(SystemIsStopped):
            ledger.decide("screening", ROW, by=ANN)
        ledger.systems.resume("screening", by=OLGA, reason="fixed")
        assert ledger.decide("screening", ROW, by=ANN).score == decision.score

    def test_refusals_keep_their_type_and_values(self, ledger: Ledger) -> None:
        with pytest.raises(SystemUnknown) as unknown:
            ledger.decide("nothing", ROW, by=ANN)
        assert unknown.value.fields == {"system": "nothing"}
        screening(ledger)
        with pytest.raises(NotDecider) as stranger:
            ledger.decide("screening", ROW, by=ZOE)
        assert stranger.value.fields == {"system": "screening", "sender": ZOE.id}

    def test_keys_rotate_and_accounts_end(self, ledger: Ledger) -> None:
        newer = BOB.rotated(suite="dual")
        ledger.accounts.rotate(BOB, to=newer)
        with pytest.raises(mu.Rejected):
            ledger.records.anchor([b"row"], by=BOB, name="old key")
        assert ledger.records.anchor([b"row"], by=newer, name="new key").rows == 1
        ledger.accounts.revoke(newer, by=newer)
        with pytest.raises(mu.Rejected):
            ledger.records.anchor([b"row"], by=newer, name="no key")

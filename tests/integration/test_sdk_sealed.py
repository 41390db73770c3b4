"""Sealed decisions and the people around them: openings kept, disputes, appeals, overrides."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from tests.harness.sdk import ANN, BOB, OLGA, ROW, ZOE, Watched, opened, raising, refused, score, screening

import muniment as mu
from muniment.client.decisions import InputsSealed
from muniment.client.ledger import Ledger
from muniment.client.openings import OpeningMissing, OpeningsExist, OpeningsUnreadable
from muniment.core import sealing
from muniment.core.errors import Unavailable
from muniment.core.proof import Opening, verify
from muniment.core.sealing import subject_commitment
from muniment.modules.decisions.errors import (
    AppealIsOpen,
    DisputeResolved,
    NotOverseer,
    NotSealed,
    OpeningWrong,
    OutcomeUnchanged,
    SealingSound,
    SubjectNotProven,
)
from muniment.modules.decisions.messages import DecideSealed

LETTER = b"I was on holiday, it was not me"


def test_a_sealed_decision_says_nothing_of_its_inputs_to_the_ledger(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN, sealed=True)
        made = ledger.decisions.get(decision).made
        payload = ledger.link.evidence(decision.identity >> 8, []).envelope
    assert decision.opening is not None
    assert (made.mode, made.commitment, made.score) == ("sealed", decision.opening.commitment, score(2, 1))
    assert decision.explanation.score == decision.score
    assert all(salt not in payload for salt in decision.opening.salts)
    assert len(set(decision.opening.salts)) == 2


def test_the_mode_of_the_system_says_whether_a_decision_is_sealed(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger, mode="sealed")
        assert ledger.decide(system, ROW, by=ANN).opening is not None
        assert all(one.opening is not None for one in ledger.decide_many(system, [ROW, ROW], by=ANN))


def test_an_opening_survives_its_file_which_only_its_owner_can_read(tmp_path: Path) -> None:
    path = tmp_path / "decision.opening"
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN, sealed=True)
        assert decision.opening is not None
        assert decision.opening.save(path) == path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        back = mu.Opening.load(path)
        assert back == decision.opening
        with pytest.raises(OpeningsExist):
            decision.opening.save(path)
        ledger.decisions.dispute(decision.id, opening=back, by=BOB)
        status = ledger.decisions.get(decision).status
    assert status is not None
    assert status.dispute is not None
    assert status.dispute.verdict == "confirmed"


def test_the_openings_of_a_batch_survive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "batch.openings"
    rows = [{"x0": number / 10, "x1": 1.0} for number in range(20)]
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        many = ledger.decide_many(system, rows, by=ANN, sealed=True)
        many.save_openings(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(OpeningsExist):
            many.save_openings(path)
        kept = mu.Openings.load(path)
        assert (len(kept), kept.chain) == (20, ledger.chain)
        assert [kept[one] for one in many] == [one.opening for one in many]
        assert list(kept) == [one.id for one in many]
        ledger.decisions.dispute(many[3], opening=kept, by=BOB)
        ledger.decisions.dispute(many[4].id, opening=path, by=BOB)
        other = ledger.decide(system, ROW, by=ANN, sealed=True)
        with refused(ledger, OpeningMissing):
            ledger.decisions.dispute(other.id, opening=path, by=BOB)
        verdicts = [one.status.dispute.verdict for one in ledger.decisions.questioned() if one.status.dispute]  # type: ignore[union-attr]
    assert verdicts == ["confirmed", "confirmed"]


def test_openings_can_be_written_before_anything_is_sent_so_that_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "ahead.openings"
    rows = [{"x0": number / 10, "x1": 1.0} for number in range(20)]
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        failing = Ledger(Watched(ledger.link, at=1, then=raising(KeyboardInterrupt())))
        with pytest.raises(KeyboardInterrupt):
            failing.decide_many(system, rows, by=ANN, sealed=True, batch=10, openings=path)
        assert len(mu.Openings.load(path).all) == 20
        ledger.records.anchor([b"row"], by=ANN, name="comes after what was sent")
        first = f"decision:{system.identity // 256 + 1}"
        ledger.decisions.dispute(first, opening=path, by=ANN)
        assert ledger.prove(first, show=True, opening=path).verify(ledger.trust).opened == {"x0": 0, "x1": 100}
        with refused(ledger, OpeningsExist):
            ledger.decide_many(system, rows, by=ANN, sealed=True, openings=path)
        with refused(ledger, OpeningsExist):
            ledger.decide(system, ROW, by=ANN, sealed=True, openings=path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b'{"chain":"","openings":[]}',
        b'{"format":"muniment openings 1"}',
        b'{"chain":"","openings":[],"format":"another 1"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_file_of_openings_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(OpeningsUnreadable):
        mu.Openings.load(path)
    with pytest.raises(OpeningsUnreadable):
        mu.Opening.load(path)
    with pytest.raises(OpeningsUnreadable):
        mu.Openings.load(tmp_path / "absent")


def test_a_file_of_several_is_not_taken_for_one_and_a_directory_not_for_a_file(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        many = ledger.decide_many(screening(ledger), [ROW, ROW], by=ANN, sealed=True)
    many.save_openings(tmp_path / "two")
    with pytest.raises(OpeningsUnreadable):
        mu.Opening.load(tmp_path / "two")
    with pytest.raises(Unavailable):
        many.save_openings(tmp_path / "absent" / "two")


def test_a_dispute_needs_the_very_opening(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        one, two = ledger.decide_many(system, [ROW, ROW], by=ANN, sealed=True)
        openly = ledger.decide(system, ROW, by=ANN)
        with refused(ledger, InputsSealed):
            ledger.decisions.dispute(one.id, by=ANN)
        with refused(ledger, OpeningWrong):
            ledger.decisions.dispute(one.id, opening=two.opening, by=ANN)
        with refused(ledger, NotSealed):
            ledger.decisions.dispute(openly, opening=one.opening, by=ANN)
        ledger.decisions.dispute(one, by=ZOE)
        with refused(ledger, DisputeResolved):
            ledger.decisions.dispute(one, by=ANN)


def test_a_deployer_who_lied_is_refuted(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        honest = ledger.decide(system, ROW, by=ANN, sealed=True)
        assert honest.opening is not None
        lie = DecideSealed(system.name, honest.model, honest.opening.commitment, fields=2, score=2_000, outcome="block")
        receipt = ledger.transact(lie, by=ANN)
        ledger.decisions.dispute(receipt, opening=honest.opening, by=BOB)
        found = ledger.decisions.get(receipt)
    assert found.status is not None
    assert found.status.dispute is not None
    assert (found.status.dispute.verdict, found.status.dispute.score) == ("refuted", score(2, 1))
    assert (found.made.outcome, found.outcome) == ("block", "review")


def test_a_deployer_who_sealed_two_values_under_one_name_is_refuted(tmp_path: Path) -> None:
    names, values, salts = ("x0", "x0"), (100, 90_000), (b"a" * 16, b"b" * 16)
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        commitment = sealing.seal(names, values, salts)
        lie = DecideSealed(system.name, system.terms.model.model, commitment, fields=2, score=5, outcome="approve")
        decision = f"decision:{ledger.transact(lie, by=ANN).position}"
        twice = mu.Opening(names, values, salts)
        first, second = (sealing.open_field(names, values, salts, index=index) for index in (0, 1))
        with refused(ledger, OpeningWrong):
            ledger.decisions.dispute(decision, opening=twice, by=BOB)
        base = ledger.prove(decision).proof
        with pytest.raises(mu.ProofRejected):
            verify(msgspec.structs.replace(base, opening=Opening((first, second))), ledger.trust)
        with refused(ledger, SealingSound):
            ledger.decisions.contest(decision, field=first, by=BOB)
        ledger.decisions.contest(decision, field=second, by=BOB)
        shown = ledger.prove(decision).verify(ledger.trust)
    assert (shown.standing, shown.status["dispute"]["verdict"]) == ("changed", "refuted")


@pytest.mark.parametrize("sealed", [False, True])
def test_the_subject_appeals_and_an_overseer_overrides(sealed: bool, tmp_path: Path) -> None:
    zoe = mu.Subject.of(ZOE)
    assert zoe.commitment == subject_commitment(ZOE.account, zoe.salt)
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        decision = ledger.decide(system, ROW, by=ANN, sealed=sealed, subject=zoe)
        assert decision.subject == zoe
        grounds = mu.Dataset.of([LETTER])
        with refused(ledger, SubjectNotProven):
            ledger.decisions.appeal(decision.id, by=BOB, grounds=grounds, category="wrong data", salt=zoe)
        ledger.decisions.appeal(decision.id, by=ZOE, grounds=grounds, category="wrong data", salt=zoe.salt)
        with refused(ledger, AppealIsOpen):
            ledger.decisions.appeal(decision.id, by=ANN, grounds=grounds.root, category="wrong data")
        with refused(ledger, NotOverseer):
            ledger.decisions.override(decision, outcome="approve", by=ZOE, reason="it is me")
        with refused(ledger, OutcomeUnchanged):
            ledger.decisions.override(decision, outcome="review", by=OLGA, reason="same")
        ledger.decisions.override(decision, outcome="approve", by=OLGA, reason="the card was stolen")
        found = ledger.decisions.get(decision)
        shown = ledger.prove(decision).verify(ledger.trust)
    assert found.outcome == "approve"
    assert found.status is not None
    assert found.status.appeal is not None
    assert (found.status.appeal.as_subject, found.status.appeal.ruling) == (True, "overridden")
    assert found.status.appeal.by == ZOE.account
    assert (shown.standing, shown.status["override"]["outcome"]) == ("changed", "approve")
    assert ZOE.account.hex() not in str(shown.claim)


def test_an_overseer_upholds_an_appeal_that_the_deployer_made_for_somebody(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN)
        ledger.decisions.appeal(decision, by=ANN, grounds=bytes(32), category="on behalf")
        ledger.decisions.uphold(decision, by=OLGA, reason="the data were right")
        found = ledger.decisions.get(decision)
    assert found.status is not None
    assert found.status.appeal is not None
    assert (found.status.appeal.as_subject, found.status.appeal.ruling, found.outcome) == (False, "upheld", "review")


def test_a_subject_is_hidden_by_a_salt_that_is_fresh_every_time() -> None:
    first, second = mu.Subject.of(ZOE), mu.Subject.of(ZOE.id)
    assert first.commitment != second.commitment
    assert first.salt.hex() not in repr(first)


def test_reasons_can_be_kept_on_the_ledger(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN, explain=True)
        reasons = ledger.decisions.get(decision).made.reasons
    assert reasons is not None
    assert reasons.base + sum(reasons.contributions) == decision.score
    assert reasons.contributions == tuple(amount for _, amount in decision.explanation.contributions)


def test_what_would_lay_sealed_inputs_open_or_keep_nothing_is_not_ignored(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        before = ledger.status().log_size
        with pytest.raises(ValueError, match="explain"):
            ledger.decide(system, ROW, by=ANN, sealed=True, explain=True)
        with pytest.raises(ValueError, match="openings"):
            ledger.decide(system, ROW, by=ANN, openings=tmp_path / "kept")
        with pytest.raises(ValueError, match="openings"):
            ledger.decide_many(system, [ROW], by=ANN, openings=tmp_path / "kept")
        assert ledger.status().log_size == before
    assert not (tmp_path / "kept").exists()

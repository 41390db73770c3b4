"""Proofs out of a ledger: verified and replayed by a stranger, before and after everything that happens later."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.harness.exact_models import linear
from tests.harness.sdk import ANN, BOB, OLGA, ROW, SIMPLE, ZOE, opened, refused, score, screening

import muniment as mu
from muniment.client.local import PositionUnknown
from muniment.client.proofs import FieldUnknown, NothingToProve, NotReplayable, ProofMissing, SavedProof
from muniment.core.errors import Unavailable
from muniment.core.trust import TrustMalformed
from muniment.modules.accounts.errors import AccountIsRevoked, KeyNotAuthorised
from muniment.modules.decisions.messages import DecideSealed


def _changed(saved: SavedProof, **fields: Any) -> SavedProof:
    return SavedProof(msgspec.structs.replace(saved.proof, **fields))


def test_whatever_stands_for_a_thing_proves_it(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor([b"row"], by=ANN, name="data")
        decision = ledger.decide(screening(ledger), ROW, by=ANN)
        receipt = ledger.systems.stop("screening", by=OLGA, reason="done")
        things: list[tuple[Any, str, int]] = [
            (record, "record", record.identity),
            (record.id, "record", record.identity),
            (ledger.records.get(record), "record", record.identity),
            (decision, "decision", decision.identity),
            (decision.id, "decision", decision.identity),
            (ledger.decisions.get(decision), "decision", decision.identity),
            (receipt, "transaction", receipt.identity),
            (f"transaction:{receipt.position}", "transaction", receipt.identity),
            (decision.identity, "transaction", decision.identity),
            (ledger.models.get("risk"), "transaction", ledger.models.get("risk").identity),
        ]
        for thing, kind, identity in things:
            shown = ledger.prove(thing).verify(ledger.trust)
            assert (shown.kind, shown.identity) == (kind, identity)
        with refused(ledger, NothingToProve):
            ledger.prove(f"record:{decision.identity >> 8}")
        with refused(ledger, PositionUnknown):
            ledger.prove("decision:1000000")


def test_an_open_decision_is_replayed_from_its_file_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN)
        path = ledger.prove(decision).save(tmp_path / "one.mproof")
        trust = ledger.trust
    (tmp_path / "trust.json").write_bytes(trust.encode())
    for anchor in (trust, tmp_path / "trust.json", str(tmp_path / "trust.json")):
        assert mu.verify(path, trust=anchor).claim["score"] == score(2, 1)
    again = mu.replay(path)
    assert (again.identical, again.score, again.recorded) == (True, decision.score, decision.score)
    assert (again.explanation, again.inputs) == (decision.explanation, {"x0": 200, "x1": 100})


@pytest.mark.parametrize("show", [["x1"], "x1"])
def test_a_partly_opened_decision_shows_those_fields_and_cannot_be_replayed(show: Any, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN, sealed=True)
        closed, partly = ledger.prove(decision), ledger.prove(decision, show=show)
        assert closed.verify(ledger.trust).opened == {}
        assert partly.verify(ledger.trust).opened == {"x1": 100}
        with refused(ledger, FieldUnknown):
            ledger.prove(decision, show=["age"])
        with refused(ledger, NotReplayable):
            ledger.prove(decision.id, show=True)
    for saved in (closed, partly):
        with pytest.raises(NotReplayable):
            mu.replay(saved)


def test_a_fully_opened_decision_is_replayed(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN, sealed=True)
        saved = ledger.prove(decision.id, show=True, opening=decision.opening)
        assert saved.verify(ledger.trust).opened == {"x0": 200, "x1": 100}
    again = mu.replay(saved)
    assert again.identical
    assert again.explanation == decision.explanation


def test_a_replay_refuses_fields_that_are_not_those_that_were_sealed(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN, sealed=True)
        saved = ledger.prove(decision, show=True)
    assert saved.proof.opening is not None
    first, second = saved.proof.opening.fields
    forged = msgspec.structs.replace(first, value=first.value + 1 if first.value is not None else 1)
    opening = msgspec.structs.replace(saved.proof.opening, fields=(forged, second))
    with pytest.raises(mu.ProofRejected):
        mu.replay(_changed(saved, opening=opening))


def test_a_record_or_a_transaction_is_not_replayed(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor([b"row"], by=ANN, name="data")
        proofs = [ledger.prove(record), ledger.prove(record.identity)]
    for saved in proofs:
        with pytest.raises(NotReplayable):
            mu.replay(saved)


def test_the_model_may_come_apart_from_the_proof(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        decision = ledger.decide(screening(ledger), ROW, by=ANN)
        lean, whole = ledger.prove(decision, model=False), ledger.prove(decision)
    assert len(lean.encode()) < len(whole.encode())
    path = tmp_path / "risk.onnx"
    path.write_bytes(SIMPLE)
    for model in (SIMPLE, path, str(path)):
        assert mu.replay(lean, model=model).identical
    with pytest.raises(NotReplayable):
        mu.replay(lean)
    with pytest.raises(ProofMissing):
        mu.replay(lean, model=tmp_path / "absent.onnx")
    with pytest.raises(mu.ProofRejected):
        mu.replay(lean, model=linear((3, -2), constant=6))
    with pytest.raises(mu.ProofRejected):
        mu.replay(whole, model=linear((1, 1)))


MODELS: dict[str, bytes] = {
    "bomb": zlib.compress(bytes(64 << 20), 9),
    "not deflated": b"model",
    "cut short": zlib.compress(SIMPLE)[:-20],
    "another model": zlib.compress(linear((1, 1))),
    "empty": b"",
}


@pytest.mark.parametrize("case", MODELS)
def test_a_model_that_was_tampered_with_is_refused(case: str, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        saved = ledger.prove(ledger.decide(screening(ledger), ROW, by=ANN))
    with pytest.raises(mu.ProofRejected):
        mu.replay(_changed(saved, model=MODELS[case]))


CLAIMS: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
    lambda claim: {**claim, "score": "17"},
    lambda claim: {**claim, "mode": "sealed"},
    lambda claim: {**claim, "model": None},
    lambda _: {},
]


@pytest.mark.parametrize("number", range(len(CLAIMS)))
def test_a_claim_that_was_tampered_with_is_refused(number: int, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        saved = ledger.prove(ledger.decide(screening(ledger), ROW, by=ANN))
        with pytest.raises(mu.ProofRejected):
            _changed(saved, claim=CLAIMS[number](saved.proof.claim)).verify(ledger.trust)
    with pytest.raises(mu.Rejected):
        mu.replay(_changed(saved, claim=CLAIMS[number](saved.proof.claim)))


EDITS: list[Callable[[SavedProof], dict[str, Any]]] = [
    lambda saved: {"claim": {**saved.proof.claim, "score": 1}},
    lambda saved: {"claim": {**saved.proof.claim, "outcome": "block"}},
    lambda saved: {"claim": {**saved.proof.claim, "decider": "00" * 32}},
    lambda saved: {"effects": saved.proof.effects.replace(b"screening", b"screeninx")},
    lambda saved: {"envelope": saved.proof.envelope.replace(b"screening", b"screeninx")},
    lambda saved: {"receipt": saved.proof.receipt[:-1] + b"x"},
]


@pytest.mark.parametrize("number", range(len(EDITS)))
def test_a_file_whose_parts_do_not_hold_each_other_is_not_replayed(number: int, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        saved = ledger.prove(ledger.decide(screening(ledger), ROW, by=ANN))
    assert mu.replay(saved).identical
    with pytest.raises(mu.ProofRejected):
        mu.replay(_changed(saved, **EDITS[number](saved)))


def test_a_score_that_the_model_does_not_give_is_not_identical(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        honest = ledger.decide(system, ROW, by=ANN, sealed=True)
        assert honest.opening is not None
        lie = DecideSealed(system.name, honest.model, honest.opening.commitment, fields=2, score=2_000, outcome="block")
        receipt = ledger.transact(lie, by=ANN)
        again = mu.replay(ledger.prove(f"decision:{receipt.position}", show=True, opening=honest.opening))
    assert (again.identical, again.recorded, again.score) == (False, 2_000, score(2, 1))


def test_files_that_cannot_be_read_are_told_apart(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        path = ledger.prove(ledger.records.anchor([b"row"], by=ANN, name="data")).save(tmp_path / "it.mproof")
        with pytest.raises(Unavailable):
            ledger.prove("record:0").save(tmp_path / "absent" / "it.mproof")
        trust = ledger.trust
    with pytest.raises(ProofMissing):
        mu.verify(tmp_path / "absent.mproof", trust=trust)
    with pytest.raises(ProofMissing):
        mu.replay(tmp_path)
    with pytest.raises(TrustMalformed):
        mu.verify(path, trust=tmp_path / "absent.json")
    with pytest.raises(TrustMalformed):
        mu.verify(path, trust=path)
    with pytest.raises(mu.ProofRejected):
        mu.verify(path, trust=mu.Trust("another", trust.keys))
    path.write_bytes(b"{}")
    with pytest.raises(mu.ProofRejected):
        mu.verify(path, trust=trust)


def test_saving_a_proof_replaces_the_older_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor([b"row"], by=ANN, name="data")
        folder = tmp_path / "proofs"
        folder.mkdir()
        ledger.prove(record).save(folder / "it.mproof")
        ledger.records.withdraw(record, by=ANN, reason="wrong")
        ledger.prove(record).save(str(folder / "it.mproof"))
        assert mu.verify(folder / "it.mproof", trust=ledger.trust).standing == "changed"
    assert [path.name for path in folder.iterdir()] == ["it.mproof"]
    assert json.loads((folder / "it.mproof").read_bytes())["kind"] == "record"


def test_an_old_proof_stays_good_and_a_new_one_tells_what_happened_since(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        record = ledger.records.anchor([b"row"], by=ANN, name="data")
        decision = ledger.decide(system, ROW, by=ANN)
        before = {thing.id: ledger.prove(thing) for thing in (record, decision)}
        ledger.records.amend(record, [b"other"], by=ANN, reason="typo")
        ledger.decisions.override(decision, outcome="approve", by=OLGA, reason="known")
        ledger.models.retire("risk", by=ANN, reason="old")
    with opened(tmp_path / "ledger") as ledger:
        for thing, old in before.items():
            assert old.verify(ledger.trust).standing == "unchanged"
            new = ledger.prove(thing).verify(ledger.trust)
            assert new.standing == "changed"
            assert new.claim == old.verify(ledger.trust).claim
            assert new.checkpoint.size > old.verify(ledger.trust).checkpoint.size
        assert mu.replay(ledger.prove(decision.id)).identical


@pytest.mark.parametrize("suite", ["ed25519", "dual"])
def test_keys_change_and_the_account_stays(suite: str, tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        system = screening(ledger)
        early = ledger.decide(system, ROW, by=ANN)
        newer = ANN.rotated(suite=suite)
        ledger.accounts.rotate(ANN, to=newer)
        assert newer.id == ANN.id
        assert ledger.accounts.get(newer).rotations == 1
        with refused(ledger, KeyNotAuthorised):
            ledger.decide(system, ROW, by=ANN)
        assert [type(error) for _, error in ledger.decide_many(system, [ROW, ROW], by=ANN).rejected] == [
            KeyNotAuthorised
        ] * 2
        late = ledger.decide(system, ROW, by=newer)
        many = ledger.decide_many(system, [ROW] * 3, by=newer, sealed=True)
        assert len(many) == 3
    with opened(tmp_path / "ledger") as ledger:
        old, new = ledger.prove(early.id), ledger.prove(late.id)
        signers = [saved.verify(ledger.trust).signer for saved in (old, new)]
        senders = {saved.verify(ledger.trust).sender for saved in (old, new)}
        with refused(ledger, KeyNotAuthorised):
            ledger.records.anchor([b"row"], by=ANN, name="data")
        ledger.accounts.revoke(newer, by=newer, reason="lost")
        with refused(ledger, AccountIsRevoked):
            ledger.records.anchor([b"row"], by=newer, name="data")
        assert ledger.prove(late.id).verify(ledger.trust).kind == "decision"
    assert signers == ["self-certified", "rotated"]
    assert senders == {ANN.id}
    assert mu.replay(new).identical


def test_accounts_may_be_given_by_any_name(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger") as ledger:
        ledger.accounts.register(BOB, name="Bob's bakery")
        found = [ledger.accounts.get(account) for account in (BOB, BOB.id, BOB.account)]
        assert found[0] == found[1] == found[2]
        assert found[0].name == "Bob's bakery"
        ledger.accounts.revoke(BOB.id, by=BOB)
        assert ledger.accounts.get(BOB).status == "revoked"


def test_a_closed_ledger_lets_its_admins_register_the_others(tmp_path: Path) -> None:
    with mu.open(tmp_path / "ledger", admins=ANN) as ledger:
        with pytest.raises(mu.Rejected):
            ledger.records.anchor([b"row"], by=ZOE, name="data")
        ledger.accounts.register(ZOE, by=ANN)
        assert ledger.records.anchor([b"row"], by=ZOE, name="data").rows == 1
        ledger.accounts.add_admin(ZOE.id, by=ANN)
        ledger.accounts.remove_admin(ANN, by=ZOE)
        assert ledger.accounts.get(ZOE).is_admin

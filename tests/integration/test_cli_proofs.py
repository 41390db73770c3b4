"""Proofs from the command line: taken, verified, replayed, and refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.harness.commandline import World, cli, done, refused

import muniment as mu
from muniment.core.note import VerifierKey
from muniment.modules.decisions.messages import DecideSealed

SYSTEM = "screening"


def proof(world: World, thing: str, *options: object) -> Path:
    path = world.path / "thing.mproof"
    done("prove", world.ledger, thing, "--out", path, *options)
    return path


def verified(world: World, path: Path) -> Any:
    return done("verify", path, "--trust", world.trust)


def doubted(world: World, path: Path) -> Any:
    error = refused("verify", path, "--trust", world.trust)
    assert error["slug"] in ("proof-rejected", "note-malformed", "note-not-trusted")
    return error


def test_a_proof_shows_claim_who_when_and_standing(world: World) -> None:
    made = world.decide()
    found = verified(world, proof(world, made["decision"]))
    assert found["accepted"]
    assert (found["id"], found["claim"]["score"], found["standing"]) == (made["decision"], made["score"], "unchanged")
    assert found["sender"] == done("keys", "show", world.ann)["account"]
    other = "approve" if made["outcome"] != "approve" else "block"
    override = ("decisions", "override", world.ledger, made["decision"], "--by", world.ann, "--reason", "x")
    done(*override, "--outcome", other)
    later = verified(world, proof(world, made["decision"]))
    assert later["standing"] == "changed"
    assert later["status"]["override"]["outcome"] == other
    told = cli("verify", world.path / "thing.mproof", "--trust", world.trust)
    assert "ACCEPTED" in told.out
    assert f"outcome {other}" in told.out


@pytest.mark.parametrize("thing", ["record:0", "transaction:0", "transaction:1"])
def test_records_and_transactions_are_proven_too(world: World, thing: str) -> None:
    assert verified(world, proof(world, thing))["id"] == thing


@pytest.mark.parametrize(
    ("thing", "slug"),
    [("decision:999", "position-unknown"), ("decision:0", "nothing-to-prove"), ("blah", "reference-malformed")],
)
def test_what_cannot_be_proven_is_named(world: World, thing: str, slug: str) -> None:
    assert refused("prove", world.ledger, thing, "--out", world.path / "x.mproof")["slug"] == slug
    assert not (world.path / "x.mproof").exists()


def test_a_proof_that_cannot_be_written_is_named(world: World) -> None:
    out = world.path / "nowhere" / "x.mproof"
    assert refused("prove", world.ledger, "record:0", "--out", out)["slug"] == "file-unwritable"


def test_a_changed_proof_is_refused(world: World) -> None:
    path = proof(world, world.decide()["decision"])
    content = json.loads(path.read_text())
    content["claim"]["outcome"] = "nothing"
    path.write_text(json.dumps(content))
    assert doubted(world, path)["fields"]["reason"] == "the claim is not what the transaction did"
    told = cli("verify", path, "--trust", world.trust)
    assert (told.code, told.out) == (3, "")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 5000])
def test_what_is_no_proof_is_refused(world: World, content: bytes) -> None:
    path = world.path / "odd.mproof"
    path.write_bytes(content)
    doubted(world, path)


def test_a_truncated_proof_is_refused(world: World) -> None:
    path = proof(world, "record:0")
    data = path.read_bytes()
    for cut in (1, len(data) // 2, len(data) - 3):
        path.write_bytes(data[:cut])
        doubted(world, path)


def test_a_proof_of_another_ledger_is_refused(world: World, tmp_path: Path) -> None:
    other = done("init", tmp_path / "other")
    error = refused("verify", proof(world, "record:0"), "--trust", other["trust"])
    assert error["slug"] == "proof-rejected"
    assert other["chain"] in error["sentence"]


@pytest.mark.parametrize(
    ("file", "trust", "slug"),
    [
        ("none.mproof", "ledger/trust.json", "file-unreadable"),
        ("ledger", "ledger/trust.json", "file-unreadable"),
        ("data.csv", "none.json", "file-unreadable"),
        ("data.csv", "data.csv", "trust-malformed"),
    ],
)
def test_files_that_are_not_there_are_named(world: World, file: str, trust: str, slug: str) -> None:
    assert refused("verify", world.path / file, "--trust", world.path / trust)["slug"] == slug


def test_names_in_a_proof_are_shown_as_they_are(world: World) -> None:
    done("anchor", world.ledger, world.rows, "--by", world.ann, "--name", "a [red]b[/red] :smile:")
    log_size = done("status", world.ledger)["log_size"]
    told = cli("verify", proof(world, f"record:{log_size - 1}"), "--trust", world.trust)
    assert told.code == 0
    assert "a [red]b[/red] :smile:" in told.out


def test_a_replay_is_identical_and_explains_itself(world: World) -> None:
    made = world.decide()
    found = done("replay", proof(world, made["decision"]))
    assert found["identical"]
    assert found["explanation"] == made["explanation"]
    assert found["inputs"]["amount"] == 30050
    assert "IDENTICAL" in cli("replay", world.path / "thing.mproof").out


def test_a_proof_without_its_model_is_replayed_with_the_file(world: World) -> None:
    path = proof(world, world.decide()["decision"], "--no-model")
    assert refused("replay", path)["slug"] == "not-replayable"
    assert done("replay", path, "--model", world.model)["identical"]
    assert refused("replay", path, "--model", world.data)["slug"] == "proof-rejected"


def test_a_replay_of_a_claim_that_was_edited_is_refused(world: World) -> None:
    path = proof(world, world.decide()["decision"])
    content = json.loads(path.read_text())
    content["claim"]["score"] += 1
    path.write_text(json.dumps(content))
    assert refused("replay", path)["slug"] == "proof-rejected"


def test_a_replay_of_another_score_exits_with_3(world: World) -> None:
    ann = mu.Wallet.load(world.ann)
    with mu.open(world.ledger) as ledger:
        row = dict.fromkeys(ledger.models.runner(ledger.systems.get(SYSTEM).terms.model.model).card.names, 0)
        honest = ledger.decide(SYSTEM, row, by=ann, sealed=True)
        assert honest.opening is not None
        score = ledger.models.runner(honest.model).card.score.maximum
        last = ledger.systems.get(SYSTEM).terms.outcomes[-1].name
        lie = DecideSealed(SYSTEM, honest.model, honest.opening.commitment, len(row), score, last)
        receipt = ledger.transact(lie, by=ann)
        path = world.path / "lie.mproof"
        ledger.prove(f"decision:{receipt.position}", show=True, opening=honest.opening).save(path)
    told = cli("replay", path, "--json")
    assert told.code == 3
    assert not told.document["identical"]


def test_a_value_that_cannot_be_sealed_is_refused_like_any_other_lie(world: World) -> None:
    openings = world.path / "x.openings"
    made = world.decide("--sealed", "--openings", openings)
    path = proof(world, made["decision"], "--show", "all", "--openings", openings)
    content = json.loads(path.read_text())
    content["opening"]["fields"][0][1] = 2**70
    path.write_text(json.dumps(content))
    assert doubted(world, path)["slug"] == "proof-rejected"


def test_a_standing_is_told_with_its_time_and_the_key_that_signed(world: World) -> None:
    path = proof(world, world.decide()["decision"])
    found = verified(world, path)
    assert found["as_of_height"] >= found["height"]
    assert found["as_of_time_ms"] >= found["time_ms"]
    anchor = json.loads(world.trust.read_text())
    assert found["vouched_by"] == anchor["keys"]
    stranger = VerifierKey.ed25519(anchor["chain"], mu.Wallet.load(world.ann).public_key).vkey()
    world.trust.write_text(json.dumps({**anchor, "keys": [stranger, *anchor["keys"]]}))
    told = cli("verify", path, "--trust", world.trust)
    assert f"unchanged as of block {found['as_of_height']:,}, {found['as_of_time']}" in told.out
    assert anchor["keys"][0] in told.out
    assert stranger not in told.out


def test_only_decisions_are_replayed(world: World) -> None:
    assert refused("replay", proof(world, "record:0"))["slug"] == "not-replayable"


def test_single_fields_of_a_sealed_decision_are_laid_open(world: World) -> None:
    keep = world.path / "one.openings"
    made = world.decide("--sealed", "--openings", keep)
    assert verified(world, proof(world, made["decision"]))["opened"] == {}
    assert refused("replay", world.path / "thing.mproof")["slug"] == "not-replayable"
    shown = proof(world, made["decision"], "--openings", keep, "--show", "amount, hour")
    assert verified(world, shown)["opened"] == {"amount": 30050, "hour": 3}
    assert done("replay", proof(world, made["decision"], "--openings", keep, "--show", "all"))["identical"]


def test_openings_that_do_not_fit_are_named(world: World) -> None:
    keep = world.path / "one.openings"
    made = world.decide("--sealed", "--openings", keep)
    other = world.decide("--sealed", "--openings", world.path / "two.openings")
    prove = ("prove", world.ledger, made["decision"], "--out", world.path / "x.mproof", "--show")
    assert refused(*prove, "colour", "--openings", keep)["slug"] == "field-unknown"
    assert refused(*prove, "all", "--openings", world.path / "two.openings")["family"] == "rejected"
    assert other["decision"] != made["decision"]
    assert cli(*prove, "all").code == 2

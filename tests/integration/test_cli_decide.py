"""Deciding about rows from the command line: one, many, sealed, bad."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.harness.commandline import World, cli, done, payments, refused


def refused_row(world: World, row: str) -> Any:
    return refused("decide", world.ledger, "screening", "--by", world.ann, "--row", row)


def test_a_decision_tells_why_to_the_last_unit(world: World) -> None:
    made = world.decide()
    why = made["explanation"]
    assert why["base"] + sum(why["contributions"].values()) == made["score"]
    assert made["outcome"] in ("approve", "review", "block")
    row = '{"amount": 1, "hour": 3, "foreign": 0}'
    told = cli("decide", world.ledger, "screening", "--row", row, "--by", world.ann)
    assert "exactly the score" in told.out
    assert "amount = 1.00" in told.out


def test_a_file_gives_the_decisions_of_its_rows(world: World) -> None:
    out = world.path / "results.csv"
    made = done("decide", world.ledger, "screening", "--file", world.rows, "--by", world.ann, "--out", out)
    assert made["decided"] == 20
    assert sum(made["outcomes"].values()) == 20
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["decision"] for row in rows] == [one["decision"] for one in made["decisions"]]
    one = world.decide(row=payments().drop(columns="fraud").iloc[4].to_json())
    assert int(rows[4]["score"]) == one["score"]


@pytest.mark.parametrize("end", [".parquet", ".jsonl"])
def test_every_kind_of_file_gives_the_same_scores(world: World, end: str) -> None:
    frame = pd.read_csv(world.rows)
    other = world.rows.with_suffix(end)
    if end == ".parquet":
        frame.to_parquet(other)
    else:
        frame.to_json(other, orient="records", lines=True)
    scores = []
    for file in (world.rows, other):
        made = done("decide", world.ledger, "screening", "--file", file, "--by", world.ann)
        scores.append([one["score"] for one in made["decisions"]])
    assert scores[0] == scores[1]


def test_good_rows_go_through_and_bad_ones_are_listed(world: World) -> None:
    bad = world.path / "bad.csv"
    bad.write_text("amount,hour,foreign\n10,3,1\nten,3,0\n1e12,3,0\n,3,0\n12.5,4,1\n")
    told = cli("decide", world.ledger, "screening", "--file", bad, "--by", world.ann, "--json")
    assert told.code == 3
    assert [one["row"] for one in told.document["decisions"]] == [0, 4]
    slugs = {one["row"]: one["slug"] for one in told.document["rejected"]}
    assert slugs == {1: "value-wrong-type", 2: "value-out-of-range", 3: "value-missing"}
    shown = cli("decide", world.ledger, "screening", "--file", bad, "--by", world.ann)
    assert shown.code == 3
    assert "row 1 rejected" in shown.out


@pytest.mark.parametrize(
    ("row", "slug"),
    [
        ('{"amount": 3}', "column-missing"),
        ('{"amount": 3, "hour": 1, "foreign": 0, "colour": 1}', "column-unknown"),
        ('{"amount": "3 EUR", "hour": 1, "foreign": 0}', "value-wrong-type"),
        ('{"amount": null, "hour": 1, "foreign": 0}', "value-missing"),
        ('{"amount": 1e400, "hour": 1, "foreign": 0}', "value-out-of-range"),
        ('{"amount": NaN, "hour": 1, "foreign": 0}', "value-missing"),
        ('{"amount": 3', "option-malformed"),
        ("[1, 2, 3]", "option-malformed"),
        ("", "option-malformed"),
    ],
)
def test_a_bad_row_is_named(world: World, row: str, slug: str) -> None:
    before = done("status", world.ledger)["log_size"]
    assert refused_row(world, row)["slug"] == slug
    assert done("status", world.ledger)["log_size"] == before


@pytest.mark.parametrize(
    ("name", "content", "slug"),
    [
        ("none.csv", None, "file-unreadable"),
        ("empty.csv", "", "data-malformed"),
        ("header.csv", "amount,hour,foreign\n", "data-malformed"),
        ("ragged.csv", "amount,hour,foreign\n1,2\n", "data-malformed"),
        ("twice.csv", "amount,amount\n1,2\n", "data-malformed"),
        ("quote.csv", 'amount,hour,foreign\n"1,2,3\n', "data-malformed"),
        ("lacking.csv", "amount,hour\n1,2\n", "column-missing"),
        ("bad.jsonl", "{", "data-malformed"),
        ("empty.parquet", "", "data-malformed"),
    ],
)
def test_a_bad_file_is_named(world: World, name: str, content: str | None, slug: str) -> None:
    path = world.path / name
    if content is not None:
        path.write_text(content)
    assert refused("decide", world.ledger, "screening", "--file", path, "--by", world.ann)["slug"] == slug


def test_columns_that_are_no_features_are_dropped_on_request(world: World) -> None:
    decide = ("decide", world.ledger, "screening", "--file", world.data, "--by", world.ann)
    error = refused(*decide)
    assert (error["slug"], error["fields"]["column"]) == ("column-unknown", "fraud")
    assert done(*decide, "--drop", "fraud")["decided"] == 300


def test_a_stopped_system_decides_nothing(world: World) -> None:
    done("systems", "stop", world.ledger, "screening", "--by", world.ann, "--reason", "drift")
    assert refused_row(world, '{"amount": 3, "hour": 1, "foreign": 0}')["slug"] == "system-is-stopped"
    told = cli("decide", world.ledger, "screening", "--file", world.rows, "--by", world.ann, "--sealed", "--json")
    assert told.code == 3
    assert not Path("rows.openings").exists()


def test_unknown_systems_and_strangers_are_refused(world: World) -> None:
    row = ("--row", '{"amount": 3, "hour": 1, "foreign": 0}')
    assert refused("decide", world.ledger, "nosuch", *row, "--by", world.ann)["slug"] == "system-unknown"
    assert refused("decide", world.ledger, "screening", *row, "--by", world.bea)["slug"] == "not-decider"


@pytest.mark.parametrize("options", [(), ("--row", "{}", "--file", "x.csv"), ("--file", "x.csv", "--subject", "mun1")])
def test_exactly_one_source_of_rows_is_given(world: World, options: tuple[str, ...]) -> None:
    assert cli("decide", world.ledger, "screening", "--by", world.ann, *options).code == 2


def test_what_opens_sealed_decisions_is_kept_for_the_owner(world: World) -> None:
    keep = world.path / "day.openings"
    decide = ("decide", world.ledger, "screening", "--file", world.rows, "--by", world.ann, "--sealed")
    made = done(*decide, "--openings", keep)
    assert made["openings_file"] == str(keep)
    assert stat.S_IMODE(keep.stat().st_mode) == 0o600
    assert len(json.loads(keep.read_text())["openings"]) == 20
    shown = done("decisions", "show", world.ledger, made["decisions"][0]["decision"])
    assert shown["made"]["mode"] == "sealed"
    before = keep.read_bytes()
    assert refused(*decide, "--openings", keep)["slug"] == "file-exists"
    assert keep.read_bytes() == before


def test_a_refused_sealed_decision_leaves_no_openings(world: World) -> None:
    keep = world.path / "one.openings"
    row = ("--row", '{"amount": 3, "hour": 1, "foreign": 0}', "--sealed", "--openings", keep)
    assert refused("decide", world.ledger, "screening", *row, "--by", world.bea)["slug"] == "not-decider"
    assert not keep.exists()


def test_the_subject_gets_a_salt_and_may_appeal(world: World) -> None:
    made = world.decide("--subject", world.bea)
    grounds = world.path / "why.txt"
    grounds.write_text("I was travelling.")
    appeal = ("decisions", "appeal", world.ledger, made["decision"], "--category", "context", "--grounds", grounds)
    assert refused(*appeal, "--by", world.bea)["family"] == "rejected"
    assert not (world.path / "why.txt.secret").exists()
    done(*appeal, "--by", world.bea, "--subject-salt", made["subject_salt"])
    assert (world.path / "why.txt.secret").exists()
    status = done("decisions", "show", world.ledger, made["decision"])["status"]
    assert (status["appeal"]["ruling"], status["appeal"]["as_subject"]) == ("open", True)
    done("decisions", "uphold", world.ledger, made["decision"], "--by", world.ann, "--reason", "looked at it")
    assert done("decisions", "list", world.ledger)["decisions"][0]["status"]["appeal"]["ruling"] == "upheld"


def test_an_overseer_has_the_last_word(world: World) -> None:
    made = world.decide()
    override = ("decisions", "override", world.ledger, made["decision"], "--reason", "known", "--outcome", "approve")
    assert refused(*override, "--by", world.bea)["slug"] == "not-overseer"
    done(*override, "--by", world.ann)
    found = done("decisions", "show", world.ledger, made["decision"])
    assert (found["outcome"], found["made"]["outcome"]) == ("approve", made["outcome"])
    assert "override" in cli("decisions", "show", world.ledger, made["decision"]).out


def test_a_dispute_opens_a_sealed_decision(world: World) -> None:
    keep = world.path / "one.openings"
    made = world.decide("--sealed", "--openings", keep)
    dispute = ("decisions", "dispute", world.ledger, made["decision"], "--by", world.ann, "--openings")
    assert refused(*dispute, world.data)["slug"] == "openings-unreadable"
    assert refused(*dispute, world.path / "none")["slug"] == "openings-unreadable"
    assert done(*dispute, keep)["verdict"] == "confirmed"


def test_a_sound_sealing_stands_a_contest(world: World) -> None:
    keep, proof = world.path / "one.openings", world.path / "shown.mproof"
    made = world.decide("--sealed", "--openings", keep)
    done("prove", world.ledger, made["decision"], "--openings", keep, "--show", "all", "--out", proof)
    contest = ("decisions", "contest", world.ledger, made["decision"], "--by", world.bea, "--proof")
    (first, *_) = json.loads(proof.read_text())["opening"]["fields"]
    assert refused(*contest, proof, "--field", first[0])["slug"] == "sealing-sound"
    assert refused(*contest, proof, "--field", "none")["slug"] == "option-malformed"
    assert refused(*contest, keep, "--field", "none")["slug"] == "proof-rejected"


@pytest.mark.parametrize("name", ["decision:999", "record:0", "blah", "decision:0"])
def test_what_is_no_decision_is_named(world: World, name: str) -> None:
    assert refused("decisions", "show", world.ledger, name)["slug"] in ("decision-unknown", "reference-malformed")

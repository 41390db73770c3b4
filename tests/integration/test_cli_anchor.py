"""Anchoring files of every form from the command line."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.harness.commandline import World, cli, done, payments, refused

from muniment.client.dataset import Dataset


def anchor(world: World, file: Path, *options: object) -> Any:
    return done("anchor", world.ledger, file, "--by", world.ann, "--name", "something", *options)


def secret_of(made: Any) -> bytes:
    return bytes.fromhex(json.loads(Path(made["secret_file"]).read_text())["secret"])


def test_the_secret_is_kept_for_the_owner_and_gives_the_root_again(world: World) -> None:
    made = anchor(world, world.rows)
    path = Path(made["secret_file"])
    assert path == world.path / "rows.csv.secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text())
    assert (kept["record"], kept["root"], kept["rows"]) == (made["record"], made["root"], 20)
    again = Dataset.of(pd.read_csv(world.rows), secret=secret_of(made))
    assert again.root.hex() == made["root"]


def test_every_form_gives_the_rows_it_promises(world: World) -> None:
    frame = payments(40)
    parquet, objects, text, binary = (world.path / f"f.{end}" for end in ("parquet", "jsonl", "txt", "bin"))
    frame.to_parquet(parquet)
    frame.to_json(objects, orient="records", lines=True)
    text.write_text("one\ntwo\n\nfour")
    binary.write_bytes(bytes(70_000))
    found = {path.suffix: anchor(world, path) for path in (parquet, objects, text, binary)}
    assert {end: made["rows"] for end, made in found.items()} == {".parquet": 40, ".jsonl": 40, ".txt": 4, ".bin": 2}
    assert Dataset.of(frame, secret=secret_of(found[".parquet"])).root.hex() == found[".parquet"]["root"]
    assert [one["name"] for one in found[".jsonl"]["columns"]] == list(frame.columns)
    assert found[".bin"]["columns"] == []


def test_a_table_can_be_anchored_by_its_lines(world: World) -> None:
    made = anchor(world, world.rows, "--as", "lines")
    assert made["rows"] == 21
    view = done("records", "show", world.ledger, made["record"])
    assert (view["kind"], view["status"]) == ("document", "active")


def test_lineage_is_followed(world: World) -> None:
    made = anchor(world, world.rows, "--derived-from", "record:0", "--note", "the first rows", "--kind", "stream")
    view = done("records", "show", world.ledger, made["record"])
    assert [one["record"] for one in view["lineage"]] == ["record:0"]
    assert (view["note"], view["kind"]) == ("the first rows", "stream")
    done("records", "withdraw", world.ledger, "record:0", "--by", world.ann, "--reason", "wrong source")
    assert done("records", "show", world.ledger, made["record"])["lineage"][0]["status"] == "withdrawn"
    assert "withdrawn: wrong source" in cli("records", "show", world.ledger, "record:0").out


def test_nothing_is_left_behind_when_the_ledger_refuses(world: World) -> None:
    options = ("--by", world.ann, "--name", "x" * 500)
    assert refused("anchor", world.ledger, world.rows, *options)["slug"] == "record-field-out-of-bounds"
    assert not (world.path / "rows.csv.secret").exists()


def test_a_secret_is_never_overwritten(world: World) -> None:
    anchor(world, world.rows)
    before = (world.path / "rows.csv.secret").read_bytes()
    again = ("anchor", world.ledger, world.rows, "--by", world.ann, "--name", "again")
    assert refused(*again)["slug"] == "file-exists"
    assert (world.path / "rows.csv.secret").read_bytes() == before
    done(*again, "--secret-file", world.path / "second.secret")


@pytest.mark.parametrize(
    ("name", "content", "slug"),
    [
        ("none.csv", None, "file-unreadable"),
        ("empty.csv", b"", "data-malformed"),
        ("empty.txt", b"", "dataset-empty"),
        ("empty.bin", b"", "dataset-empty"),
        ("header.csv", b"a,b\n", "dataset-empty"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "data-malformed"),
        ("bytes.csv", b"\xff\xfe\x00a,b\n1,2\n", "data-malformed"),
        ("no.jsonl", b'{"a": 1}\nnot json\n', "data-malformed"),
        ("list.jsonl", b"[1, 2]\n", "data-malformed"),
        ("uneven.jsonl", b'{"a": 1}\n{"b": 2}\n', "columns-differ"),
        ("no.parquet", b"PAR1 not really", "data-malformed"),
    ],
)
def test_what_cannot_be_anchored_is_named(world: World, name: str, content: bytes | None, slug: str) -> None:
    path = world.path / name
    if content is not None:
        path.write_bytes(content)
    assert refused("anchor", world.ledger, path, "--by", world.ann, "--name", "x")["slug"] == slug
    assert not (world.path / f"{name}.secret").exists()


def test_a_directory_is_no_file(world: World) -> None:
    options = ("--by", world.ann, "--name", "x", "--as", "lines")
    assert refused("anchor", world.ledger, world.ledger, *options)["slug"] == "file-unreadable"


def test_unknown_forms_and_kinds_are_named(world: World) -> None:
    for option in ("--as", "--kind"):
        error = refused("anchor", world.ledger, world.rows, "--by", world.ann, "--name", "x", option, "poem")
        assert (error["slug"], error["fields"]["option"]) == ("option-malformed", option)


def test_a_missing_library_is_named_with_its_extra(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    error = refused("anchor", world.ledger, world.rows, "--by", world.ann, "--name", "x")
    assert (error["slug"], error["fields"]["extra"]) == ("library-missing", "train")

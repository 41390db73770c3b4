"""Making, asking, keeping open and auditing a ledger from the command line."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.harness.commandline import World, cli, done, refused

import muniment
from muniment.storage.errors import NotALedger


def test_a_new_ledger_tells_its_chain_and_trust_anchor(tmp_path: Path) -> None:
    made = done("init", tmp_path / "ledger", "--name", "clinic")
    assert made["chain"].startswith("clinic-")
    assert Path(made["trust"]).exists()
    found = done("status", tmp_path / "ledger")
    assert (found["chain"], found["height"], found["log_size"]) == (made["chain"], 0, 0)


def test_a_closed_ledger_takes_only_whom_an_admin_registered(world: World, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    done("init", closed, "--admin", world.ann)
    anchor = ("anchor", closed, world.rows, "--name", "rows", "--by", world.bea)
    assert refused(*anchor)["slug"] == "account-not-registered"
    assert not (world.path / "rows.csv.secret").exists()
    done("accounts", "register", closed, world.bea, "--by", world.ann, "--name", "Bea")
    done(*anchor)
    assert done("accounts", "show", closed, world.bea)["name"] == "Bea"
    done("accounts", "revoke", closed, world.bea, "--by", world.ann, "--reason", "left")
    assert refused(*anchor, "--secret-file", tmp_path / "s")["slug"] == "account-is-revoked"


def test_init_leaves_what_is_there_alone(world: World, tmp_path: Path) -> None:
    assert refused("init", world.ledger)["slug"] == "ledger-exists"
    assert refused("init", world.data)["code"] == NotALedger.code
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    assert refused("init", tmp_path / "full")["code"] == NotALedger.code
    assert refused("init", tmp_path / "new", "--name", "Not A Name")["slug"] == "genesis-malformed"


@pytest.mark.parametrize("command", ["status", "audit", "up"])
def test_what_is_no_ledger_is_named_and_not_made(command: str, tmp_path: Path) -> None:
    error = refused(command, tmp_path / "nowhere")
    assert error["code"] == NotALedger.code
    assert error["fields"]["path"].endswith("nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_ledger_in_use_is_unavailable(world: World) -> None:
    with muniment.open(world.ledger, create=False):
        told = cli("status", world.ledger, "--json")
    assert told.code == 69
    assert told.error["family"] == "unavailable"
    assert told.error["code"] is None


def test_an_audit_of_a_sound_ledger_is_clean(world: World) -> None:
    found = done("audit", world.ledger)
    assert found["clean"]
    assert found["divergence"] is None
    assert found["transactions"] == done("status", world.ledger)["log_size"]


def test_an_audit_names_the_changed_byte(world: World) -> None:
    data = world.ledger / "store" / "data.mdb"
    content = bytearray(data.read_bytes())
    places = [found.start() for found in re.finditer(b"payments", content)]
    for place in places:
        content[place] ^= 1
    data.write_bytes(content)
    told = cli("audit", world.ledger, "--json")
    assert told.code == 70
    assert told.document["divergence"]["file_bytes"][0] in places
    assert told.document["divergence"]["kind"] == "damaged"
    assert "DIVERGED" in cli("audit", world.ledger).out


def test_an_audit_holds_the_ledger_against_an_anchor(world: World, tmp_path: Path) -> None:
    assert done("audit", world.ledger, "--trust", world.trust)["clean"]
    other = done("init", tmp_path / "other")
    assert cli("audit", world.ledger, "--trust", other["trust"]).code == 70
    assert refused("audit", world.ledger, "--trust", world.data)["slug"] == "trust-malformed"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_up_publishes_and_closes_cleanly(world: World, how: signal.Signals) -> None:
    command = [sys.executable, "-m", "muniment.cli.main", "up", str(world.ledger), "--every", "0.1", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    notes = [process.stderr.readline(), process.stderr.readline()]
    process.send_signal(how)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "HTTP is not part of this version" in notes[0]
    assert '"files_published"' in out
    assert (world.ledger / "log" / "checkpoint").exists()
    assert done("audit", world.ledger)["clean"]


def test_a_closed_pipe_is_not_an_error(world: World) -> None:
    command = f"{sys.executable} -m muniment.cli.main models show {world.ledger} card-fraud | head -c 1"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert ran.stderr == ""

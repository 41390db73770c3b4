"""Wallet files from the command line, with a person at the terminal and without."""

from __future__ import annotations

import os
import pty
import select
import stat
import sys
import time
from pathlib import Path

import pytest
from tests.harness.commandline import World, cli, done, refused


def typed(command: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run a command on a terminal and answer its prompts; returns the exit code and all that was shown."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.pop("MUNIMENT_PASSPHRASE", None)
        os.execv(sys.executable, [sys.executable, "-m", "muniment.cli.main", *command])
    shown = b""
    waiting = list(answers)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        if waiting and waiting[0][0].encode() in shown:
            os.write(terminal, waiting.pop(0)[1].encode() + b"\n")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def test_a_sealed_wallet_opens_with_its_passphrase_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = world.path / "cy.wallet"
    monkeypatch.setenv("MUNIMENT_PASSPHRASE", "one")
    made = done("keys", "create", wallet, "--name", "Cy")
    assert made["sealed"]
    assert stat.S_IMODE(wallet.stat().st_mode) == 0o600
    monkeypatch.setenv("MUNIMENT_PASSPHRASE", "two")
    anchor = ("anchor", world.ledger, world.rows, "--by", wallet, "--name", "rows")
    assert refused(*anchor)["slug"] == "passphrase-wrong"
    monkeypatch.delenv("MUNIMENT_PASSPHRASE")
    assert refused(*anchor)["slug"] == "passphrase-missing"
    monkeypatch.setenv("MUNIMENT_PASSPHRASE", "one")
    assert done(*anchor)["rows"] == 20


def test_nobody_is_asked_when_there_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUNIMENT_PASSPHRASE", raising=False)
    assert refused("keys", "create", tmp_path / "cy.wallet")["slug"] == "passphrase-missing"
    assert not (tmp_path / "cy.wallet").exists()


def test_a_person_types_a_passphrase_twice_and_it_is_not_shown(tmp_path: Path) -> None:
    wallet = str(tmp_path / "cy.wallet")
    answers = [("New passphrase", "secret words"), ("The same again", "secret words")]
    code, shown = typed(["keys", "create", wallet], answers)
    assert code == 0
    assert "secret words" not in shown
    assert done("keys", "show", wallet)["sealed"]


def test_two_passphrases_that_differ_make_no_wallet(tmp_path: Path) -> None:
    wallet = tmp_path / "cy.wallet"
    code, shown = typed(["keys", "create", str(wallet)], [("New passphrase", "one"), ("The same again", "two")])
    assert code == 3
    assert "twice" in shown
    assert not wallet.exists()


def test_a_plain_wallet_says_so(tmp_path: Path) -> None:
    told = cli("keys", "create", tmp_path / "cy.wallet", "--plain", "--suite", "dual")
    assert told.code == 0
    assert "Whoever reads it can sign as you" in told.out
    found = done("keys", "show", tmp_path / "cy.wallet")
    assert (found["sealed"], found["suite"], found["name"]) == (False, "dual", "cy")
    assert "NO" in cli("keys", "show", tmp_path / "cy.wallet").out


def test_a_wallet_never_replaces_a_file(world: World) -> None:
    before = world.ann.read_bytes()
    assert refused("keys", "create", world.ann, "--plain")["slug"] == "file-exists"
    assert world.ann.read_bytes() == before


def test_a_directory_lists_its_wallets_and_nothing_else(world: World) -> None:
    found = done("keys", "list", world.path)["wallets"]
    assert [one["name"] for one in found] == ["ann", "bea"]
    assert done("keys", "list", world.ledger)["wallets"] == []
    assert refused("keys", "list", world.data)["slug"] == "file-unreadable"


@pytest.mark.parametrize(
    ("name", "slug"),
    [("data.csv", "wallet-foreign"), ("none.wallet", "file-unreadable"), ("ledger", "file-unreadable")],
)
def test_what_is_no_wallet_is_named(world: World, name: str, slug: str) -> None:
    assert refused("keys", "show", world.path / name)["slug"] == slug


def test_unknown_suites_are_named(tmp_path: Path) -> None:
    assert refused("keys", "create", tmp_path / "w", "--suite", "rsa", "--plain")["slug"] == "suite-unknown"


def test_rotated_keys_take_the_place_of_the_old_ones(world: World) -> None:
    old = world.path / "old.wallet"
    old.write_bytes(world.ann.read_bytes())
    before = done("keys", "show", world.ann)
    rotated = done("keys", "rotate", world.ledger, world.ann, "--suite", "dual", "--plain")
    assert rotated["account"] == before["account"]
    assert rotated["suite"] == "dual"
    assert not (world.path / "ann.wallet.next").exists()
    stop = ("systems", "stop", world.ledger, "screening", "--reason", "a test", "--by")
    assert refused(*stop, old)["slug"] == "key-not-authorised"
    done(*stop, world.ann)
    assert done("accounts", "show", world.ledger, world.ann)["rotations"] == 1


def test_keys_that_the_ledger_refused_are_not_kept(world: World) -> None:
    before = world.ann.read_bytes()
    done("accounts", "revoke", world.ledger, world.ann, "--by", world.ann)
    assert refused("keys", "rotate", world.ledger, world.ann, "--plain")["family"] == "rejected"
    assert world.ann.read_bytes() == before
    assert not (world.path / "ann.wallet.next").exists()

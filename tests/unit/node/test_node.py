from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from tests.harness.ledger import anchors, commit, fill, ledger, wallet

from muniment.core.errors import Halted, Rejected
from muniment.core.note import open_checkpoint
from muniment.core.trust import Trust
from muniment.modules.accounts.genesis import AccountsGenesis
from muniment.modules.accounts.types import Mode
from muniment.node.genesis import Genesis, GenesisMalformed
from muniment.node.home import Home
from muniment.node.node import create, open_node
from muniment.storage.errors import InUse, NotALedger


def test_a_ledger_is_made_opened_and_opened_again(tmp_path: Path) -> None:
    create(tmp_path / "ledger", name="harbour")
    node = open_node(tmp_path / "ledger")
    assert node.chain.startswith("harbour-")
    done = commit(node, anchors(node, wallet(), count=3))
    head = node.engine.head()
    node.close()
    node.close()
    node = open_node(tmp_path / "ledger")
    assert node.engine.head() == head
    assert node.query("records", "record", record=done[1].position << 8) is not None
    node.close()


def test_the_name_comes_from_the_directory(tmp_path: Path) -> None:
    create(tmp_path / "My Ledger (2)")
    with ledger(tmp_path / "My Ledger (2)") as node:
        assert node.chain.startswith("my-ledger-2-")


@pytest.mark.parametrize("name", ["", "Ann", "-ledger", "a b", "ledger\n", "é"])
def test_a_name_that_cannot_be_one_makes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(GenesisMalformed):
        create(tmp_path / "ledger", name=name)
    assert not (tmp_path / "ledger").exists()


def test_a_genesis_that_cannot_be_used_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Rejected):
        create(tmp_path / "ledger", modules={"accounts": AccountsGenesis(registration=Mode.ADMIN)})
    with pytest.raises(GenesisMalformed):
        create(tmp_path / "ledger", modules={"astrology": {}})
    assert not (tmp_path / "ledger" / "store").exists()


def test_a_directory_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(NotALedger):
        create(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_is_not_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    with pytest.raises(NotALedger):
        create(tmp_path / "file")
    with pytest.raises(NotALedger):
        open_node(tmp_path / "file")


def test_what_is_absent_is_not_opened_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotALedger):
        open_node(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_a_ledger_is_not_made_twice(tmp_path: Path) -> None:
    create(tmp_path / "ledger")
    before = (tmp_path / "ledger" / "node.key").read_bytes()
    with pytest.raises(NotALedger):
        create(tmp_path / "ledger")
    assert (tmp_path / "ledger" / "node.key").read_bytes() == before


def test_only_the_owner_can_read_the_key(tmp_path: Path) -> None:
    create(tmp_path / "ledger")
    assert stat.S_IMODE((tmp_path / "ledger" / "node.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, "", "not hex", "00" * 31, "00" * 33, "ab" * 32])
def test_a_missing_or_wrong_key_halts_before_anything_is_written(tmp_path: Path, content: str | None) -> None:
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=1)
    key = tmp_path / "ledger" / "node.key"
    right = key.read_text()
    key.unlink()
    if content is not None:
        key.write_text(content)
    before = (tmp_path / "ledger" / "store" / "data.mdb").read_bytes()
    with pytest.raises(Halted):
        open_node(tmp_path / "ledger")
    assert (tmp_path / "ledger" / "store" / "data.mdb").read_bytes() == before
    key.write_text(right)
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=1)


def test_a_missing_trust_anchor_is_written_again(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger"):
        trust = (tmp_path / "ledger" / "trust.json").read_bytes()
    (tmp_path / "ledger" / "trust.json").unlink()
    with ledger(tmp_path / "ledger") as node:
        assert Trust.decode(trust) == node.trust
    assert (tmp_path / "ledger" / "trust.json").read_bytes() == trust


def test_a_ledger_has_one_writer(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger"), pytest.raises(InUse):
        open_node(tmp_path / "ledger")
    open_node(tmp_path / "ledger").close()


def test_every_block_has_a_signed_checkpoint(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=2)
        with node.view() as view:
            for height in range(view.head().height + 1):
                signed = open_checkpoint(view.note(height), node.trust.verifier_keys())
                head = view.result(height).head
                assert (signed.origin, signed.size, signed.root) == (node.chain, head.log_size, head.log_root)
                assert f"state {head.state_root.hex()}" in signed.extensions


def test_a_moved_ledger_goes_on(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=1)
        head = node.engine.head()
    shutil.move(tmp_path / "ledger", tmp_path / "elsewhere")
    with ledger(tmp_path / "elsewhere") as node:
        assert node.engine.head() == head
        fill(node, blocks=1)


def test_a_genesis_comes_back_from_its_bytes() -> None:
    genesis = Genesis("chain", 1, "chain+00000000+AA==", {})
    assert Genesis.decode(genesis.encode()) == genesis


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"chain": 1}', b'{"chain":"a","time_ms":1,"log_key":"k","x":1}'])
def test_what_is_no_genesis_is_refused(data: bytes) -> None:
    with pytest.raises(GenesisMalformed):
        Genesis.decode(data)


def test_a_genesis_of_another_form_is_refused() -> None:
    with pytest.raises(GenesisMalformed):
        Genesis.decode(Genesis("chain", 1, "key", {}, format="muniment genesis 2").encode())


def test_leftovers_of_a_creation_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    (path / "store.new").mkdir(parents=True)
    (path / "node.new").write_text("half a k")
    assert not Home(path).exists()
    create(path)
    with ledger(path) as node:
        fill(node, blocks=1)

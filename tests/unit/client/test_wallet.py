from __future__ import annotations

import copy
import pickle
import stat
from pathlib import Path

import msgspec
import pytest

from muniment.client.wallet import (
    PassphraseMissing,
    Wallet,
    WalletExists,
    WalletMissing,
    WalletNameMalformed,
)
from muniment.client.wallet_file import KdfCost, PassphraseWrong, WalletCorrupt, WalletForeign
from muniment.core import keys
from muniment.core.errors import Unavailable

CHEAP = KdfCost(passes=1, memory_bytes=1 << 13)
DIGEST = bytes(range(32))
SUITES = ["ed25519", "ml-dsa-65", "dual"]


@pytest.fixture(autouse=True)
def _no_passphrase_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUNIMENT_PASSPHRASE", raising=False)


@pytest.mark.parametrize("suite", SUITES)
def test_a_new_wallet_signs_for_its_account(suite: str) -> None:
    ann = Wallet.create("ann", suite=suite)
    assert keys.is_valid(ann.suite, ann.public_key, DIGEST, ann.sign(DIGEST))
    assert ann.account == keys.account_id(ann.suite, ann.public_key)
    assert keys.decode_account(ann.id) == ann.account
    assert (ann.name, ann.suite_name) == ("ann", suite)


def test_two_new_wallets_are_two_accounts() -> None:
    assert Wallet.create("ann").account != Wallet.create("ann").account


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(keys.SuiteUnknown):
        Wallet.create("ann", suite="rsa")


@pytest.mark.parametrize("name", ["", " ann", "ann ", "a\nb", "a" * 65, "\ud800", "\x1b[31m"])
def test_a_name_that_does_not_fit_on_a_line_is_refused(name: str) -> None:
    with pytest.raises(WalletNameMalformed):
        Wallet.create(name)


@pytest.mark.parametrize("suite", SUITES)
def test_a_saved_wallet_comes_back(suite: str, tmp_path: Path) -> None:
    ann, path = Wallet.create("ann \u03b1\u03bd\u03bd\u03b1", suite=suite), tmp_path / "ann.wallet"
    ann.save(path, passphrase="open", cost=CHEAP)
    back = Wallet.load(path, passphrase="open")
    assert (back.name, back.account, back.suite, back.public_key) == (
        ann.name,
        ann.account,
        ann.suite,
        ann.public_key,
    )
    assert keys.is_valid(ann.suite, ann.public_key, DIGEST, back.sign(DIGEST))


def test_a_rotated_wallet_keeps_its_account_on_disk(tmp_path: Path) -> None:
    ann = Wallet.create("ann").rotated()
    ann.save(tmp_path / "w", passphrase="open", cost=CHEAP)
    assert Wallet.load(tmp_path / "w", passphrase="open").account == ann.account


def test_the_file_is_the_owner_s_and_holds_no_seed(tmp_path: Path) -> None:
    seed, path = bytes(range(32)), tmp_path / "w"
    Wallet.from_seed("ann", seed).save(path, passphrase="open", cost=CHEAP)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = msgspec.json.decode(path.read_bytes())
    assert "seed" not in content
    assert content["seal"]["kdf"] == "argon2id13"


def test_the_default_cost_is_moderate(tmp_path: Path) -> None:
    Wallet.create("ann").save(tmp_path / "w", passphrase="open")
    seal = msgspec.json.decode((tmp_path / "w").read_bytes())["seal"]
    assert (seal["passes"], seal["memory_bytes"]) == (3, 1 << 28)


@pytest.mark.parametrize("passphrase", [None, ""])
def test_nothing_is_saved_plain_by_accident(passphrase: str | None, tmp_path: Path) -> None:
    with pytest.raises(PassphraseMissing):
        Wallet.create("ann").save(tmp_path / "w", passphrase=passphrase, cost=CHEAP)
    assert not (tmp_path / "w").exists()


def test_the_passphrase_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUNIMENT_PASSPHRASE", "open")
    ann = Wallet.create("ann")
    ann.save(tmp_path / "w", cost=CHEAP)
    assert Wallet.load(tmp_path / "w").account == ann.account
    assert Wallet.load(tmp_path / "w", passphrase="open").account == ann.account


def test_loading_a_sealed_wallet_needs_the_passphrase(tmp_path: Path) -> None:
    Wallet.create("ann").save(tmp_path / "w", passphrase="open", cost=CHEAP)
    with pytest.raises(PassphraseMissing):
        Wallet.load(tmp_path / "w")
    with pytest.raises(PassphraseWrong):
        Wallet.load(tmp_path / "w", passphrase="shut")


def test_plain_is_possible_when_asked_for(tmp_path: Path) -> None:
    ann = Wallet.create("ann", suite="dual")
    ann.save(tmp_path / "w", plain=True)
    assert stat.S_IMODE((tmp_path / "w").stat().st_mode) == 0o600
    assert Wallet.load(tmp_path / "w").public_key == ann.public_key


def test_plain_with_a_passphrase_is_a_contradiction(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one or the other"):
        Wallet.create("ann").save(tmp_path / "w", passphrase="open", plain=True)


def test_a_wallet_is_not_overwritten_by_accident(tmp_path: Path) -> None:
    ann, bob, path = Wallet.create("ann"), Wallet.create("bob"), tmp_path / "w"
    ann.save(path, plain=True)
    with pytest.raises(WalletExists):
        bob.save(path, plain=True)
    assert Wallet.load(path).name == "ann"
    bob.save(path, plain=True, replace=True)
    assert Wallet.load(path).name == "bob"


def test_a_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WalletMissing) as caught:
        Wallet.load(tmp_path / "nobody")
    assert caught.value.fields == {"wallet": str(tmp_path / "nobody")}
    (tmp_path / "photo").write_bytes(b"\x89PNG")
    with pytest.raises(WalletForeign):
        Wallet.load(tmp_path / "photo")


def test_a_place_that_cannot_be_read_or_written_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        Wallet.load(tmp_path)
    with pytest.raises(Unavailable):
        Wallet.create("ann").save(tmp_path / "absent" / "w", plain=True)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": bytes(31)},
        {"seed": bytes(32)},
        {"suite": "rsa"},
        {"suite": "ml-dsa-65"},
        {"account": "mun1"},
        {"name": "a\nb"},
        {"public_key": bytes(32)},
    ],
)
def test_a_plain_wallet_must_agree_with_itself(change: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "w"
    Wallet.from_seed("ann", b"\5" * 32).save(path, plain=True)
    path.write_bytes(msgspec.json.encode({**msgspec.json.decode(path.read_bytes()), **change}))
    with pytest.raises(WalletCorrupt):
        Wallet.load(path)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("upgraded", [None, *SUITES])
def test_rotation_changes_the_key_and_not_the_account(suite: str, upgraded: str | None) -> None:
    old = Wallet.create("ann", suite=suite)
    new = old.rotated(suite=upgraded)
    assert (new.name, new.account, new.id) == (old.name, old.account, old.id)
    assert new.public_key != old.public_key
    assert new.suite_name == (upgraded or suite)
    assert keys.is_valid(new.suite, new.public_key, DIGEST, new.sign(DIGEST))


def test_an_upgrade_to_dual_keeps_the_key_there_is() -> None:
    ed25519, mldsa = Wallet.create("ann"), Wallet.create("ann", suite="ml-dsa-65")
    assert ed25519.rotated(suite="dual").public_key[:32] == ed25519.public_key
    assert mldsa.rotated(suite="dual").public_key[32:] == mldsa.public_key


def test_rotating_dual_changes_both_keys() -> None:
    old = Wallet.create("ann", suite="dual")
    new = old.rotated()
    assert old.public_key[:32] != new.public_key[:32]
    assert old.public_key[32:] != new.public_key[32:]


def test_a_wallet_does_not_show_or_leak_its_seed() -> None:
    seed = b"a seed that must not be printed."
    ann = Wallet.from_seed("ann", seed)
    assert "must not" not in repr(ann) + str(ann) + f"{ann}"
    assert ann.id in repr(ann)
    with pytest.raises(TypeError):
        pickle.dumps(ann)
    with pytest.raises(TypeError):
        copy.deepcopy(ann)

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from muniment.client.wallet import Wallet
from muniment.client.wallet_file import (
    KdfCost,
    PassphraseWrong,
    WalletCorrupt,
    WalletFile,
    WalletForeign,
    WalletTooNew,
    decode_file,
    encode_file,
    open_seed,
    seal_seed,
)

CHEAP = KdfCost(passes=1, memory_bytes=1 << 13)
SEED = bytes(range(32))
ANN = Wallet.from_seed("ann", SEED)
BARE = WalletFile(
    format="muniment wallet",
    version=1,
    name="ann",
    account=ANN.id,
    suite="ed25519",
    public_key=ANN.public_key,
)
SEALED = seal_seed(BARE, SEED, passphrase="open", cost=CHEAP)


def altered(**changes: object) -> bytes:
    content: dict[str, Any] = msgspec.json.decode(encode_file(SEALED))
    content.update(changes)
    return msgspec.json.encode({name: value for name, value in content.items() if value is not None})


def seal_with(**changes: object) -> dict[str, Any]:
    seal: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(SEALED.seal))
    return {**seal, **changes}


def test_a_sealed_seed_opens_with_its_passphrase() -> None:
    file = decode_file(encode_file(SEALED), wallet="w")
    assert file == SEALED
    assert open_seed(file, passphrase="open", wallet="w") == SEED


def test_another_passphrase_does_not_open_it() -> None:
    with pytest.raises(PassphraseWrong):
        open_seed(SEALED, passphrase="Open", wallet="w")


def test_two_spellings_of_one_letter_are_one_passphrase() -> None:
    file = seal_seed(BARE, SEED, passphrase="caf\u00e9", cost=CHEAP)
    assert open_seed(file, passphrase="cafe\u0301", wallet="w") == SEED


def test_two_seals_of_one_seed_differ() -> None:
    assert seal_seed(BARE, SEED, passphrase="open", cost=CHEAP).sealed != SEALED.sealed


def test_layout_does_not_matter() -> None:
    content = msgspec.json.decode(encode_file(SEALED))
    shuffled = msgspec.json.encode(dict(reversed(content.items())))
    assert open_seed(decode_file(shuffled, wallet="w"), passphrase="open", wallet="w") == SEED


@pytest.mark.parametrize(
    "change",
    [
        {"name": "bob"},
        {"account": Wallet.from_seed("bob", b"\2" * 32).id},
        {"suite": "dual"},
        {"public_key": bytes(32)},
        {"sealed": bytes(48)},
        {"seal": seal_with(passes=2)},
        {"seal": seal_with(memory_bytes=1 << 14)},
        {"seal": seal_with(salt=bytes(16))},
        {"seal": seal_with(nonce=bytes(24))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_seal_binds_everything_the_file_says(change: dict[str, object]) -> None:
    with pytest.raises(PassphraseWrong):
        open_seed(decode_file(altered(**change), wallet="w"), passphrase="open", wallet="w")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"format":"x"}', b"[" * 60_000, b" " * 70_000],
    ids=["empty", "cut", "list", "null", "binary", "nothing", "other", "deep", "large"],
)
def test_a_file_of_something_else_is_foreign(data: bytes) -> None:
    with pytest.raises(WalletForeign):
        decode_file(data, wallet="w")


def test_a_later_version_is_named() -> None:
    with pytest.raises(WalletTooNew) as caught:
        decode_file(altered(version=2, shape="unknown"), wallet="w")
    assert caught.value.fields == {"wallet": "w", "version": 2}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0},
        {"version": -1},
        {"name": None},
        {"extra": 1},
        {"public_key": "%%"},
        {"sealed": None},
        {"seal": None},
        {"seed": bytes(32)},
        {"seal": None, "sealed": None},
        {"seal": seal_with(kdf="scrypt")},
        {"seal": seal_with(cipher="rot13")},
        {"seal": seal_with(salt=bytes(15))},
        {"seal": seal_with(nonce=bytes(12))},
        {"seal": seal_with(passes=0)},
        {"seal": seal_with(passes=1_000_000)},
        {"seal": seal_with(memory_bytes=1)},
        {"seal": seal_with(memory_bytes=1 << 50)},
        {"seal": seal_with(memory_bytes=1 << 70)},
    ],
)
def test_impossible_values_are_refused_before_any_work(change: dict[str, object]) -> None:
    with pytest.raises(WalletCorrupt):
        decode_file(altered(**change), wallet="w")


def test_the_seed_of_a_plain_file_is_not_shown() -> None:
    plain = msgspec.structs.replace(BARE, seed=SEED)
    assert repr(SEED) not in repr(plain)
    assert all(value != SEED for _, value in plain.__rich_repr__())

"""docs/keys.md is a specification: its example is opened here by its words alone, and its values recomputed."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import Any

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_sign_seed_keypair
from nacl.pwhash import argon2id

from muniment.client.wallet import Wallet
from muniment.core import keys

DOCUMENT = (Path(__file__).parents[2] / "docs" / "keys.md").read_text(encoding="utf-8")
SEED = bytes(range(32))


def example() -> dict[str, Any]:
    found = re.search(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found is not None
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_a_stranger_opens_the_example_by_the_words_of_the_document() -> None:
    file = example()
    seal, sealed = file["seal"], base64.b64decode(file.pop("sealed"))
    key = argon2id.kdf(
        32,
        unicodedata.normalize("NFC", "correct horse").encode(),
        base64.b64decode(seal["salt"]),
        opslimit=seal["passes"],
        memlimit=seal["memory_bytes"],
    )
    bound = json.dumps(file, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    seed = crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, bound, base64.b64decode(seal["nonce"]), key)
    assert seed == SEED
    assert base64.b64decode(file["public_key"]) == crypto_sign_seed_keypair(seed)[0]


def test_the_wallet_opens_the_example(tmp_path: Path) -> None:
    (tmp_path / "ann").write_text(json.dumps(example()))
    ann = Wallet.load(tmp_path / "ann", passphrase="correct horse")
    assert ann.public_key == Wallet.from_seed("ann", SEED).public_key


def test_the_example_account_is_recomputed() -> None:
    public_key = crypto_sign_seed_keypair(SEED)[0]
    account = sha256(b"muniment account v1\0\1" + public_key).digest()
    said = dict(re.findall(r"^(public key|account id|text form) +(\w{62,64})$", DOCUMENT, re.MULTILINE))
    assert said == {
        "public key": public_key.hex(),
        "account id": account.hex(),
        "text form": keys.encode_account(account),
    }


def test_the_table_of_suites_is_complete() -> None:
    rows = re.findall(r"^\| (\d) \| `([\w-]+)` \|", DOCUMENT, re.MULTILINE)
    assert rows == [(str(suite.id), suite.name) for suite in keys.SUITES.values()]

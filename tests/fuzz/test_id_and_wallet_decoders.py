"""Whatever bytes come in, the decoders of ids and wallet files answer or raise `Rejected`."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.client.wallet import Wallet
from muniment.client.wallet_file import KdfCost
from muniment.core import keys
from muniment.core.bech32 import split_bech32m
from muniment.core.errors import Rejected

CHEAP = KdfCost(passes=1, memory_bytes=1 << 13)
ANN = Wallet.from_seed("ann", b"\3" * 32)


def file_of(*, plain: bool) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "w"
        ANN.save(path, passphrase=None if plain else "open", plain=plain, cost=CHEAP)
        return path.read_bytes()


SEALED, PLAIN = file_of(plain=False), file_of(plain=True)


def loaded(data: bytes) -> Wallet | None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "w"
        path.write_bytes(data)
        try:
            return Wallet.load(path, passphrase="open")
        except Rejected:
            return None


@settings(max_examples=200)
@given(text=st.text(max_size=100) | st.text("qpzry9x8gf2tvdw0s3jn54khce6mua7l1", max_size=95))
def test_any_text_as_an_id(text: str) -> None:
    for decode in (keys.decode_account, split_bech32m):
        with contextlib.suppress(Rejected):
            decode(text)


@settings(max_examples=200)
@given(place=st.integers(0, 61), char=st.characters())
def test_a_changed_id_is_refused(place: int, char: str) -> None:
    changed = ANN.id[:place] + char + ANN.id[place + 1 :]
    try:
        account = keys.decode_account(changed)
    except Rejected:
        return
    assert changed == ANN.id
    assert account == ANN.account


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_as_a_wallet(data: bytes) -> None:
    assert loaded(data) is None


@settings(max_examples=150, deadline=None)
@given(data=st.data(), plain=st.booleans())
def test_changed_bytes_in_a_wallet(data: st.DataObject, plain: bool) -> None:
    original = PLAIN if plain else SEALED
    changed = bytearray(original)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    found = loaded(bytes(changed))
    # White space may change; a plain file authenticates its keys only, and its account by a checksum.
    if found is not None:
        assert (found.account, found.public_key) == (ANN.account, ANN.public_key)
        assert plain or found.name == ANN.name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["argon2id13", "dual", ANN.id]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kdf", "salt", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["format", "version", "name", "account", "suite", "public_key", "seal", "sealed", "seed"]),
    value=JSON,
    plain=st.booleans(),
)
def test_any_value_in_any_field(name: str, value: object, plain: bool) -> None:
    content = msgspec.json.decode(PLAIN if plain else SEALED)
    try:
        data = msgspec.json.encode({**content, name: value})
    except UnicodeEncodeError:
        return
    found = loaded(data)
    assert found is None or found.public_key == ANN.public_key

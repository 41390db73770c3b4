from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.client.wallet import Wallet
from muniment.core import keys
from muniment.core.bech32 import decode_bech32m, encode_bech32m

WALLETS = {
    suite.id: Wallet.from_seed("ann", bytes(range(suite.seed_bytes)), suite=suite.name)
    for suite in keys.SUITES.values()
}
#: How many cases: the post-quantum suites are slow to sign with.
EXAMPLES = {keys.ED25519: 200, keys.ML_DSA_65: 60, keys.DUAL: 100}


def flipped(data: bytes, bit: int) -> bytes:
    value = bytearray(data)
    value[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(value)


@pytest.mark.parametrize("suite", WALLETS)
def test_a_signature_holds_and_breaks_with_any_bit(suite: int) -> None:
    wallet = WALLETS[suite]

    @settings(max_examples=EXAMPLES[suite], deadline=None)
    @given(digest=st.binary(min_size=32, max_size=32), place=st.sampled_from(range(3)), data=st.data())
    def check(digest: bytes, place: int, data: st.DataObject) -> None:
        parts = [wallet.public_key, digest, wallet.sign(digest)]
        assert keys.is_valid(suite, parts[0], parts[1], parts[2])
        parts[place] = flipped(parts[place], data.draw(st.integers(0, len(parts[place]) * 8 - 1)))
        assert not keys.is_valid(suite, parts[0], parts[1], parts[2])

    check()


@settings(max_examples=200, deadline=None)
@given(suite=st.integers(0, 5), key=st.binary(max_size=70), signature=st.binary(max_size=130))
def test_no_bytes_make_the_verifier_raise(suite: int, key: bytes, signature: bytes) -> None:
    assert keys.verify_many([(suite, key, bytes(32), signature)]) == [False]


@settings(max_examples=200, deadline=None)
@given(first=st.binary(min_size=32, max_size=32), s=st.integers(0, 2**256 - 1))
def test_random_points_and_scalars_are_refused(first: bytes, s: int) -> None:
    wallet = WALLETS[keys.ED25519]
    assert not keys.is_valid(keys.ED25519, wallet.public_key, bytes(32), first + s.to_bytes(32, "little"))


@settings(max_examples=200)
@given(data=st.binary(max_size=45), hrp=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=10))
def test_every_value_has_one_text_and_every_text_one_value(data: bytes, hrp: str) -> None:
    text = encode_bech32m(hrp, data)
    assert decode_bech32m(hrp, text) == data
    assert decode_bech32m(hrp, text.upper()) == data


@settings(max_examples=200, deadline=None)
@given(
    suites=st.lists(st.sampled_from(sorted(WALLETS)), max_size=6),
    broken=st.sets(st.integers(0, 5), max_size=6),
)
def test_many_is_one_by_one(suites: list[int], broken: set[int]) -> None:
    items = []
    for place, suite in enumerate(suites):
        digest = bytes([place]) * 32
        signature = SIGNATURES[suite, place]
        items.append(
            (suite, WALLETS[suite].public_key, digest, flipped(signature, 9) if place in broken else signature)
        )
    expected = [place not in broken for place in range(len(suites))]
    assert keys.verify_many(items) == expected == [keys.is_valid(*item) for item in items]
    assert keys.first_invalid(items) == next((place for place, holds in enumerate(expected) if not holds), None)


SIGNATURES = {
    (suite, place): wallet.sign(bytes([place]) * 32) for suite, wallet in WALLETS.items() for place in range(6)
}

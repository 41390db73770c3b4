from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from muniment.core import keys, mldsa
from muniment.core.bech32 import encode_bech32m
from muniment.core.keys import DUAL, ED25519, ML_DSA_65

DIGEST = bytes(range(32))
ED_KEY, ED_SECRET = crypto_sign_seed_keypair(b"\1" * 32)
ED_SIGNATURE = crypto_sign(DIGEST, ED_SECRET)[:64]
ML_SECRET = MLDSA65PrivateKey.from_seed_bytes(b"\2" * 32)
ML_KEY = ML_SECRET.public_key().public_bytes_raw()
ML_SIGNATURE = ML_SECRET.sign(DIGEST, mldsa.CONTEXT)

HONEST = {
    ED25519: (ED25519, ED_KEY, DIGEST, ED_SIGNATURE),
    ML_DSA_65: (ML_DSA_65, ML_KEY, DIGEST, ML_SIGNATURE),
    DUAL: (DUAL, ED_KEY + ML_KEY, DIGEST, ED_SIGNATURE + ML_SIGNATURE),
}


@pytest.mark.parametrize("suite", HONEST)
def test_an_honest_key_and_signature_pass(suite: int) -> None:
    _, key, digest, signature = HONEST[suite]
    keys.check_key(suite, key)
    assert keys.is_valid(suite, key, digest, signature)


@pytest.mark.parametrize("suite", [0, 4, 255])
def test_an_unknown_suite_has_no_valid_signature(suite: int) -> None:
    assert not keys.is_valid(suite, ED_KEY, DIGEST, ED_SIGNATURE)
    with pytest.raises(keys.SuiteUnknown):
        keys.check_key(suite, ED_KEY)
    with pytest.raises(keys.SuiteUnknown):
        keys.account_id(suite, ED_KEY)


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        pytest.param(ED_KEY, ED_SIGNATURE, id="ed25519 alone"),
        pytest.param(ML_KEY, ML_SIGNATURE, id="ml-dsa alone"),
        pytest.param(ED_KEY + ML_KEY, ED_SIGNATURE, id="ml-dsa signature missing"),
        pytest.param(ED_KEY + ML_KEY, ML_SIGNATURE, id="ed25519 signature missing"),
        pytest.param(ED_KEY + ML_KEY, ML_SIGNATURE + ED_SIGNATURE, id="signatures swapped"),
        pytest.param(ML_KEY + ED_KEY, ED_SIGNATURE + ML_SIGNATURE, id="keys swapped"),
        pytest.param(ML_KEY + ED_KEY, ML_SIGNATURE + ED_SIGNATURE, id="both swapped"),
        pytest.param(ED_KEY + ML_KEY, ED_SIGNATURE + bytes(3309), id="ml-dsa signature of zeros"),
        pytest.param(ED_KEY + ML_KEY, bytes(64) + ML_SIGNATURE, id="ed25519 signature of zeros"),
        pytest.param(ED_KEY + ML_KEY, ED_SIGNATURE + ML_SIGNATURE + b"\0", id="a byte more"),
        pytest.param(ED_KEY + ML_KEY, b"", id="nothing"),
    ],
)
def test_dual_accepts_nothing_but_both_in_order(key: bytes, signature: bytes) -> None:
    assert not keys.is_valid(DUAL, key, DIGEST, signature)


@pytest.mark.parametrize("claimed", HONEST)
@pytest.mark.parametrize("made", HONEST)
def test_a_signature_is_not_valid_under_another_suite(made: int, claimed: int) -> None:
    _, key, digest, signature = HONEST[made]
    assert keys.is_valid(claimed, key, digest, signature) is (made == claimed)


def test_dual_checks_both_keys() -> None:
    with pytest.raises(keys.KeyWeak):
        keys.check_key(DUAL, bytes(32) + ML_KEY)
    with pytest.raises(keys.KeyMalformed):
        keys.check_key(DUAL, ED_KEY)


def test_many_are_answered_in_order() -> None:
    bad = (ED25519, ED_KEY, b"another", ED_SIGNATURE)
    items = [HONEST[ED25519], bad, HONEST[ML_DSA_65], HONEST[DUAL], (9, ED_KEY, DIGEST, ED_SIGNATURE)]
    assert keys.verify_many(items) == [True, False, True, True, False]
    assert keys.first_invalid(items) == 1
    assert keys.first_invalid(list(HONEST.values())) is None
    assert keys.verify_many([]) == []


def test_an_account_id_is_the_hash_of_suite_and_key() -> None:
    expected = sha256(b"muniment account v1\x00\x01" + ED_KEY).digest()
    assert keys.account_id(ED25519, ED_KEY) == expected
    assert keys.decode_account(keys.encode_account(expected)) == expected


def test_an_account_id_needs_a_key_of_the_right_length() -> None:
    with pytest.raises(keys.KeyMalformed):
        keys.account_id(ED25519, ML_KEY)


def test_account_ids_of_two_suites_differ() -> None:
    assert len({keys.account_id(suite, item[1]) for suite, item in HONEST.items()}) == 3


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_account_id_has_32_bytes(size: int) -> None:
    with pytest.raises(keys.AccountIdMalformed):
        keys.encode_account(bytes(size))
    with pytest.raises(keys.AccountIdMalformed):
        keys.decode_account(encode_bech32m("mun", bytes(size)))


@pytest.mark.parametrize("text", ["", "ann", "mun1", "mun1qqqq", "nym1" + "q" * 58])
def test_what_is_not_an_account_id_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(keys.AccountIdMalformed) as caught:
        keys.decode_account(text)
    assert caught.value.fields["account"] == text

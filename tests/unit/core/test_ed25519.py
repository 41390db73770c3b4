from __future__ import annotations

import pytest
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from muniment.core import ed25519
from muniment.core.errors import Halted
from muniment.core.suites import KeyMalformed, KeyWeak

KEY, SECRET = crypto_sign_seed_keypair(bytes(32))
DIGEST = bytes(range(32))
SIGNATURE = crypto_sign(DIGEST, SECRET)[:64]


def test_an_honest_signature_is_valid() -> None:
    assert ed25519.is_valid(KEY, DIGEST, SIGNATURE)


def test_an_honest_key_passes() -> None:
    ed25519.check_key(KEY)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_length_is_malformed(size: int) -> None:
    with pytest.raises(KeyMalformed):
        ed25519.check_key(bytes(size))
    assert not ed25519.is_valid(bytes(size), DIGEST, SIGNATURE)


@pytest.mark.parametrize("size", [0, 63, 65, 96, 128])
def test_a_signature_of_another_length_is_not_valid(size: int) -> None:
    assert not ed25519.is_valid(KEY, DIGEST, (SIGNATURE * 2)[:size])


def test_a_signature_that_swallows_part_of_the_message_is_not_valid() -> None:
    assert not ed25519.is_valid(KEY, DIGEST[1:], SIGNATURE + DIGEST[:1])


def test_the_second_form_of_s_is_not_valid() -> None:
    s = int.from_bytes(SIGNATURE[32:], "little")
    assert not ed25519.is_valid(KEY, DIGEST, SIGNATURE[:32] + (s + ed25519.L).to_bytes(32, "little"))


@pytest.mark.parametrize("s", [ed25519.L, ed25519.L + 1, 2**252 + 2**128, 2**256 - 1])
def test_s_from_l_upwards_is_not_valid(s: int) -> None:
    assert not ed25519.is_valid(KEY, DIGEST, SIGNATURE[:32] + s.to_bytes(32, "little"))


@pytest.mark.parametrize("point", sorted(ed25519.SMALL_ORDER), ids=bytes.hex)
def test_a_key_of_small_order_is_weak(point: bytes) -> None:
    with pytest.raises(KeyWeak):
        ed25519.check_key(point)
    assert not ed25519.is_valid(point, DIGEST, point + bytes(32))


def test_there_are_eight_points_of_small_order_in_fourteen_encodings() -> None:
    assert len(ed25519.SMALL_ORDER) == 14


@pytest.mark.parametrize("y", [ed25519.P + 2, ed25519.P + 3, 2**255 - 1])
@pytest.mark.parametrize("sign", [0, 1])
def test_a_non_canonical_key_is_malformed(y: int, sign: int) -> None:
    with pytest.raises(KeyMalformed):
        ed25519.check_key((y | sign << 255).to_bytes(32, "little"))


def test_a_key_off_the_curve_is_malformed() -> None:
    with pytest.raises(KeyMalformed):
        ed25519.check_key((2).to_bytes(32, "little"))


def test_a_key_with_a_component_of_small_order_is_weak() -> None:
    with pytest.raises(KeyWeak):
        ed25519.check_key(bytes.fromhex("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"))


def test_the_installed_verifier_follows_the_rule() -> None:
    ed25519.check_verifier()


def accepts_all(signed: bytes, key: bytes) -> bytes:
    """A libsodium that refuses nothing, to see what is refused before it is asked."""
    return signed


@pytest.mark.parametrize(
    ("key", "signature"),
    [
        *((point, SIGNATURE) for point in sorted(ed25519.SMALL_ORDER)),
        *((KEY, point + SIGNATURE[32:]) for point in sorted(ed25519.SMALL_ORDER)),
        *(((y | sign << 255).to_bytes(32, "little"), SIGNATURE) for y in (ed25519.P, 2**255 - 1) for sign in (0, 1)),
        *(
            (KEY, (y | sign << 255).to_bytes(32, "little") + SIGNATURE[32:])
            for y in (ed25519.P + 2, 2**255 - 1)
            for sign in (0, 1)
        ),
        *((KEY, SIGNATURE[:32] + s.to_bytes(32, "little")) for s in (ed25519.L, 2**253, 2**256 - 1)),
        (KEY[:31], SIGNATURE),
        (KEY, SIGNATURE[:63]),
    ],
)
def test_the_checks_do_not_lean_on_libsodium(key: bytes, signature: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ed25519, "crypto_sign_open", accepts_all)
    assert ed25519.is_valid(KEY, DIGEST, SIGNATURE)
    assert not ed25519.is_valid(key, DIGEST, signature)


@pytest.mark.parametrize("point", [3, 2**254, ed25519.P - 2])
def test_points_just_inside_the_range_are_left_to_libsodium(point: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ed25519, "crypto_sign_open", accepts_all)
    last = (ed25519.L - 1).to_bytes(32, "little")
    assert ed25519.is_valid(KEY, DIGEST, point.to_bytes(32, "little") + last)


def test_a_verifier_with_another_rule_stops_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ed25519, "crypto_sign_open", accepts_all)
    with pytest.raises(Halted):
        ed25519.check_verifier()

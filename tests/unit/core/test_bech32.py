from __future__ import annotations

import pytest

from muniment.core.bech32 import Bech32Malformed, decode_bech32m, encode_bech32m, split_bech32m


def test_bytes_come_back_from_their_text() -> None:
    text = encode_bech32m("mun", bytes(range(32)))
    assert text.startswith("mun1")
    assert len(text) == 62
    assert decode_bech32m("mun", text) == bytes(range(32))


def test_upper_case_is_the_same_text() -> None:
    text = encode_bech32m("mun", b"ledger")
    assert decode_bech32m("mun", text.upper()) == b"ledger"


def test_another_prefix_is_refused() -> None:
    with pytest.raises(Bech32Malformed):
        decode_bech32m("mun", encode_bech32m("nym", b"ledger"))


def test_the_older_checksum_is_refused() -> None:
    # The BIP-173 form of the same empty payload.
    with pytest.raises(Bech32Malformed):
        decode_bech32m("a", "a12uel5l")


@pytest.mark.parametrize("size", range(1, 40))
def test_every_size_that_fits_has_exactly_one_text(size: int) -> None:
    data = bytes([0xFF]) * size
    assert decode_bech32m("x", encode_bech32m("x", data)) == data


def test_too_much_data_is_refused_by_the_encoder() -> None:
    with pytest.raises(Bech32Malformed):
        encode_bech32m("mun", bytes(60))


def test_an_upper_case_prefix_is_refused_by_the_encoder() -> None:
    with pytest.raises(Bech32Malformed):
        encode_bech32m("MUN", bytes(32))


def test_a_slip_of_one_character_is_found() -> None:
    text = encode_bech32m("mun", bytes(range(32)))
    for place in range(4, len(text)):
        slip = text[:place] + ("q" if text[place] != "q" else "p") + text[place + 1 :]
        with pytest.raises(Bech32Malformed):
            split_bech32m(slip)


def test_the_message_does_not_repeat_a_huge_text() -> None:
    with pytest.raises(Bech32Malformed) as caught:
        decode_bech32m("mun", "mun1" + "q" * 100_000)
    assert len(str(caught.value)) < 400

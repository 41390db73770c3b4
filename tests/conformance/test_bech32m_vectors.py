"""The test vectors of BIP-350 (Pieter Wuille, 2-clause BSD licence)."""

from __future__ import annotations

import pytest

from muniment.core.bech32 import Bech32Malformed, decode_bech32m, encode_bech32m, split_bech32m

VALID = [
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
]
INVALID = [
    "\x201xj0phk",
    "\x7f1g6xzxy",
    "\x801vctc34",
    "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
    "qyrz8wqd2c9m",
    "1qyrz8wqd2c9m",
    "y1b0jsk6g",
    "lt1igcx5c0",
    "in1muywd",
    "mm1crxm3i",
    "au1s5cgom",
    "M1VUXWEZ",
    "16plkw9",
    "1p2gdwpf",
]
#: Witness programs of version 1 to 16: the first value is the version, the rest are bytes.
ADDRESSES = {
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y": (
        1,
        "751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6",
    ),
    "BC1SW50QGDZ25J": (16, "751e"),
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs": (2, "751e76e8199196d454941c45d1b3a323"),
    "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c": (
        1,
        "000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433",
    ),
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0": (
        1,
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    ),
}
#: Invalid because of their checksum or characters, whatever they are addresses of.
INVALID_ADDRESSES = [
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
]


def test_every_vector_is_here() -> None:
    assert (len(VALID), len(INVALID), len(ADDRESSES), len(INVALID_ADDRESSES)) == (7, 14, 5, 5)


@pytest.mark.parametrize("text", VALID)
def test_valid_text_is_accepted(text: str) -> None:
    hrp, values = split_bech32m(text)
    assert text.lower().startswith(hrp + "1")
    assert len(values) == len(text) - len(hrp) - 7


@pytest.mark.parametrize("text", INVALID + INVALID_ADDRESSES)
def test_invalid_text_is_refused(text: str) -> None:
    with pytest.raises(Bech32Malformed):
        split_bech32m(text)


@pytest.mark.parametrize(("text", "said"), ADDRESSES.items())
def test_an_address_says_its_program(text: str, said: tuple[int, str]) -> None:
    hrp, values = split_bech32m(text)
    version, program = said
    assert values[0] == version
    # The version takes one value of its own, so the bytes behind it are read as an id without it.
    assert split_bech32m(encode_bech32m(hrp, bytes.fromhex(program)))[1] == values[1:]


@pytest.mark.parametrize("text", ["A1LQFN3A", "a1lqfn3a", "?1v759aa"])
def test_an_empty_payload_is_the_empty_bytes(text: str) -> None:
    assert decode_bech32m(text[0].lower(), text) == b""


def test_padding_is_zero_and_as_short_as_can_be() -> None:
    for text in ("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", VALID[4]):
        hrp, values = split_bech32m(text)
        spare = len(values) * 5 % 8
        honest = spare <= 4 and not values[-1] & ((1 << spare) - 1)
        if honest:
            assert encode_bech32m(hrp, decode_bech32m(hrp, text)) == text
        else:
            with pytest.raises(Bech32Malformed):
                decode_bech32m(hrp, text)

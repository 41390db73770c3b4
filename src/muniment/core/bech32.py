"""Bech32m: text for ids that are read aloud, typed and pasted, with a checksum that finds the slips.

Source: BIP-350 (and BIP-173 for all but the checksum constant).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import xor

from muniment.core.errors import Rejected

#: The longest text for which the checksum keeps its promise.
LIMIT_CHARS = 90

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)}
_CHECKSUM_CHARS = 6
_BECH32M = 0x2BC830A3
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
#: For each value of the five bits that leave the top: the generators of the bits that are set, added up.
_FOLDS = tuple(
    reduce(xor, (constant for bit, constant in enumerate(_GENERATOR) if top >> bit & 1), 0) for top in range(32)
)


class Bech32Malformed(Rejected, code=44):
    """A text that is not bech32m, or not with the prefix that was asked for."""

    text_given: str
    reason: str
    text = "{text_given!r} is not a valid id: {reason}"
    fix = "copy it again from where it was shown"


def encode_bech32m(hrp: str, data: bytes) -> str:
    """Return `data` as lower-case bech32m text behind the human-readable prefix `hrp`.

    Raises:
        Bech32Malformed: the prefix is empty or has upper case, or the text would exceed 90 characters.

    >>> encode_bech32m("a", b"")
    'a1lqfn3a'
    """
    values = _regroup(data, from_bits=8, to_bits=5)
    text = hrp + "1" + "".join(_ALPHABET[value] for value in (*values, *_checksum(hrp, values)))
    reason = "its prefix has upper case" if hrp != hrp.lower() else _shape_fault(text)
    if reason:
        raise Bech32Malformed(text_given=_shown(text), reason=reason)
    return text


def decode_bech32m(hrp: str, text: str) -> bytes:
    """Return the bytes that `text` says, whose prefix must be `hrp`.

    All lower case and all upper case are the same text; mixed case is refused, and so are padding bits that
    are not zero or are more than needed, so that every value has one text.

    Raises:
        Bech32Malformed: and why.
    """
    found, values = split_bech32m(text)
    if found != hrp:
        raise Bech32Malformed(text_given=_shown(text), reason=f"its prefix is {found!r}, not {hrp!r}")
    spare = len(values) * 5 % 8
    if spare > 4:
        raise Bech32Malformed(text_given=_shown(text), reason="it has a character more than whole bytes need")
    if spare and values[-1] & ((1 << spare) - 1):
        raise Bech32Malformed(text_given=_shown(text), reason="its padding bits are not zero")
    return bytes(_regroup(values, from_bits=5, to_bits=8, keep_rest=False))


def split_bech32m(text: str) -> tuple[str, list[int]]:
    """Return the prefix and the 5-bit values of `text`, its checksum verified and removed.

    Raises:
        Bech32Malformed: and why.
    """
    reason = _shape_fault(text)
    if reason:
        raise Bech32Malformed(text_given=_shown(text), reason=reason)
    hrp, _, tail = text.lower().rpartition("1")
    values = [_VALUES[char] for char in tail]
    if _polymod((*_expanded(hrp), *values)) != _BECH32M:
        raise Bech32Malformed(text_given=_shown(text), reason="its checksum does not match: a character is wrong")
    return hrp, values[:-_CHECKSUM_CHARS]


def _shape_fault(text: str) -> str:
    """Say what is wrong before the checksum is looked at; nothing gives the empty string."""
    if len(text) > LIMIT_CHARS:
        return f"{len(text)} characters, at most {LIMIT_CHARS}"
    if not text.isascii() or not text.isprintable() or " " in text:
        return "it has a space or a character outside ASCII"
    if text.lower() != text and text.upper() != text:
        return "it mixes upper and lower case"
    hrp, _, tail = text.lower().rpartition("1")
    if not hrp:
        return "it has no prefix before a '1'"
    if len(tail) < _CHECKSUM_CHARS:
        return "it is too short to hold a checksum"
    stray = next((char for char in tail if char not in _VALUES), "")
    return f"{stray!r} does not occur in ids" if stray else ""


def _shown(text: str) -> str:
    return text if len(text) <= LIMIT_CHARS else text[:LIMIT_CHARS] + "..."


def _expanded(hrp: str) -> tuple[int, ...]:
    codes = hrp.encode("ascii")
    return (*(code >> 5 for code in codes), 0, *(code & 31 for code in codes))


def _checksum(hrp: str, values: Sequence[int]) -> list[int]:
    folded = _polymod((*_expanded(hrp), *values, *bytes(_CHECKSUM_CHARS))) ^ _BECH32M
    return [folded >> 5 * (5 - place) & 31 for place in range(_CHECKSUM_CHARS)]


def _polymod(values: Iterable[int]) -> int:
    folded = 1
    for value in values:
        folded = (folded & 0x1FFFFFF) << 5 ^ value ^ _FOLDS[folded >> 25]
    return folded


def _regroup(values: Iterable[int], *, from_bits: int, to_bits: int, keep_rest: bool = True) -> list[int]:
    """Cut the same bits, most significant first, into groups of `to_bits`; a rest is filled up with zeros."""
    held = bits = 0
    groups = []
    for value in values:
        held = (held << from_bits | value) & 0xFFF
        bits += from_bits
        while bits >= to_bits:
            bits -= to_bits
            groups.append(held >> bits & ((1 << to_bits) - 1))
    if keep_rest and bits:
        groups.append(held << (to_bits - bits) & ((1 << to_bits) - 1))
    return groups

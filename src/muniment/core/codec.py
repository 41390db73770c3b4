"""The one wire form: MessagePack of typed, frozen structs, accepted only in canonical bytes.

msgspec is strict on types but not canonical (it accepts over-long integers), so everything that is hashed or
signed is decoded into a type, encoded again and compared.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from muniment.core.errors import Rejected

T = TypeVar("T")

_encoder = msgspec.msgpack.Encoder()


class NotDecodable(Rejected, code=10):
    """Bytes that are not the MessagePack form of the expected type."""

    what: str
    reason: str
    text = "{what} cannot be decoded: {reason}"
    fix = "send the MessagePack form described in docs/formats.md"


class NotCanonical(Rejected, code=11):
    """Bytes that decode, but are not the one canonical encoding of what they say."""

    what: str
    text = "{what} is not in canonical form"
    fix = "encode integers in their shortest form and send no trailing or optional bytes"


# Frozen values cannot form cycles: the garbage collector need not look at them (`gc=False`).
class Wire(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Base of everything positional on the wire.

    Once released, such a type never changes, not even by a field at the end: its canonical bytes are part of what was
    signed and logged. A new form gets a new type with a new tag beside the old one (`tests/conformance/golden`).
    """


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=True, gc=False):
    """Base of self-describing values (events and facts): a map with field names and its type."""


class _Marked(msgspec.Struct):
    format: str


_marked: msgspec.json.Decoder[_Marked] = msgspec.json.Decoder(_Marked)


def format_of(data: bytes) -> str | None:
    """Return the `format` that a JSON file names itself with, None if it names none or is no JSON object.

    Read before all else, so that a file of a newer version is called that, whatever its fields.
    """
    try:
        return _marked.decode(data).format
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def encode(value: Any) -> bytes:
    """Return the canonical bytes of `value`, a struct or a tuple of plain values."""
    return _encoder.encode(value)


class Codec(Generic[T]):
    """Decode one type strictly: exact types, canonical bytes, bounded size.

    Args:
        kind: The struct type (or union of tagged structs).
        what: Its name in messages to people.
        limit_bytes: Longer input is refused before it is looked at.
    """

    def __init__(self, kind: Any, *, what: str, limit_bytes: int = 1 << 24) -> None:
        self.what = what
        self.limit_bytes = limit_bytes
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(kind)

    def decode(self, data: bytes) -> T:
        """Return the value whose canonical bytes are `data`.

        Raises:
            NotDecodable: wrong type, truncated, trailing bytes, too long, too deep.
            NotCanonical: another encoding of the same value exists and is the canonical one.
        """
        value = self.trusted(data)
        if _encoder.encode(value) != data:
            raise NotCanonical(what=self.what)
        return value

    def trusted(self, data: bytes) -> T:
        """Decode without the canonical check: for bytes this ledger wrote itself."""
        if len(data) > self.limit_bytes:
            raise NotDecodable(what=self.what, reason=f"{len(data)} bytes, at most {self.limit_bytes}")
        try:
            return self._decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as err:
            raise NotDecodable(what=self.what, reason=str(err) or type(err).__name__) from None

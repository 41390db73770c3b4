"""Transactions: their form, their digest, and replay protection."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from muniment.core.codec import NotCanonical, NotDecodable, Wire
from muniment.core.transaction import (
    MAX_ENVELOPE_BYTES,
    MAX_MESSAGES,
    WINDOW_MS,
    Envelope,
    Expired,
    ExpiryTooFar,
    ForeignChain,
    Oversized,
    Payload,
    Signature,
    TransactionCodec,
    Unbalanced,
    Window,
    check_expiry,
    decode_envelope,
    encode_envelope,
    encode_payload,
    peek,
    signing_digest,
)


class Note(Wire, frozen=True, tag="test.note"):
    text: str


class Count(Wire, frozen=True, tag="test.count"):
    number: int


CODEC = TransactionCodec(Note | Count, chain="here")
SENDER = bytes(range(32))


def payload(*messages: Wire, chain: str = "here", sender: bytes = SENDER, nonce: bytes = b"n") -> bytes:
    return encode_payload(Payload(chain, sender, messages or (Note("hi"),), 5_000, nonce))


def envelope(data: bytes, *, suite: int = 1) -> bytes:
    return encode_envelope(data, suite=suite, key=bytes(32), signature=bytes(64))


def test_a_transaction_is_named_after_its_payload_alone() -> None:
    data = payload()
    one = CODEC.decode(encode_envelope(data, suite=1, key=bytes(32), signature=bytes(64)))
    other = CODEC.decode(encode_envelope(data, suite=3, key=b"k", signature=b"s"))
    assert one.id == other.id == sha256(data).digest()


def test_decoding_gives_typed_messages_and_what_has_to_be_verified() -> None:
    data = payload(Note("a"), Count(7))
    transaction = CODEC.decode(envelope(data))
    assert transaction.payload.messages == (Note("a"), Count(7))
    assert transaction.signed == (1, bytes(32), signing_digest("here", 1, data), bytes(64))


def test_the_signing_digest_binds_suite_chain_and_payload() -> None:
    digests = {
        signing_digest("here", 1, b"p"),
        signing_digest("here", 3, b"p"),
        signing_digest("there", 1, b"p"),
        signing_digest("here", 1, b"q"),
    }
    assert len(digests) == 4


def test_the_signing_digest_is_the_documented_one() -> None:
    data = payload()
    expected = sha256(b"muniment transaction v1\0" + b"\x01\x04here" + sha256(data).digest()).digest()
    assert signing_digest("here", 1, data) == expected


def test_a_foreign_chain_is_refused_with_both_names() -> None:
    with pytest.raises(ForeignChain) as refused:
        CODEC.decode(envelope(payload(chain="there")))
    assert refused.value.fields == {"chain": "there", "expected": "here"}


@pytest.mark.parametrize(
    "data",
    [
        payload(sender=bytes(31)),
        payload(nonce=bytes(33)),
        payload(*[Note("x")] * (MAX_MESSAGES + 1)),
        encode_payload(Payload("here", SENDER, (), 5_000, b"")),
    ],
    ids=["short sender", "long nonce", "too many messages", "no message"],
)
def test_bounds_of_the_form_are_kept(data: bytes) -> None:
    with pytest.raises(Unbalanced):
        CODEC.decode(envelope(data))


@pytest.mark.parametrize("count", [0, 2])
def test_an_envelope_has_exactly_one_signature(count: int) -> None:
    signatures = (Signature(1, bytes(32), bytes(64)),) * count
    with pytest.raises(Unbalanced):
        CODEC.decode(msgspec.msgpack.encode(Envelope(payload(), signatures)))


@pytest.mark.parametrize("suite", [0, -1, 256, 1 << 40])
def test_a_suite_outside_one_byte_is_refused(suite: int) -> None:
    with pytest.raises(Unbalanced):
        CODEC.decode(envelope(payload(), suite=suite))


@pytest.mark.parametrize("count", [0, 1, 31, 32, 180, 190, 191, 192, 193, 194, 195, 196, 197, 250, 300, 65_000, 70_000])
def test_envelopes_of_every_size_read_the_same_the_short_way_and_the_long(count: int) -> None:
    raw = envelope(payload(Note("x" * count)))
    assert decode_envelope(raw) == msgspec.msgpack.decode(raw, type=Envelope)
    assert msgspec.msgpack.encode(decode_envelope(raw)) == raw


def test_an_overlong_length_is_no_way_around_canonical_form() -> None:
    data = payload(Note("x"))
    tail = msgspec.msgpack.encode((Signature(1, bytes(32), bytes(64)),))
    for head in (b"\xc5" + len(data).to_bytes(2, "big"), b"\xc6" + len(data).to_bytes(4, "big")):
        with pytest.raises(NotCanonical):
            decode_envelope(b"\x92" + head + data + tail)


def test_an_oversized_envelope_is_refused_before_it_is_read() -> None:
    with pytest.raises(Oversized):
        CODEC.decode(bytes(MAX_ENVELOPE_BYTES + 1))


def test_an_overlong_integer_is_not_canonical() -> None:
    data = payload(Count(5))
    padded = data.replace(b"\x92\xaatest.count\x05", b"\x92\xaatest.count\xcd\x00\x05")
    assert padded != data
    with pytest.raises(NotCanonical):
        CODEC.decode(envelope(padded))


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x93", b"\xff" * 40, msgspec.msgpack.encode({"a": 1})])
def test_what_is_no_payload_is_not_decodable(data: bytes) -> None:
    with pytest.raises(NotDecodable):
        CODEC.decode(envelope(data))


def test_an_unknown_message_is_not_decodable() -> None:
    data = msgspec.msgpack.encode(("here", SENDER, (("test.unknown", 1),), 5_000, b"", None))
    with pytest.raises(NotDecodable):
        CODEC.decode(envelope(data))


def test_peeking_needs_no_message_types() -> None:
    seen = peek(payload(Note("a"), Count(7)))
    assert [msgspec.msgpack.decode(message) for message in seen.messages] == [["test.note", "a"], ["test.count", 7]]


def test_expiry_is_after_the_block_and_within_the_window() -> None:
    check_expiry(1_001, time_ms=1_000)
    check_expiry(1_000 + WINDOW_MS, time_ms=1_000)
    with pytest.raises(Expired):
        check_expiry(1_000, time_ms=1_000)
    with pytest.raises(ExpiryTooFar):
        check_expiry(1_001 + WINDOW_MS, time_ms=1_000)


def test_the_window_remembers_until_expiry_and_not_longer() -> None:
    window = Window()
    window.add(b"a", 1_500)
    window.add(b"b", 9_000)
    window.expire(1_499)
    assert (b"a", 1_500) in window
    window.expire(2_000)
    assert (b"a", 1_500) not in window
    assert (b"b", 9_000) in window
    assert len(window) == 1

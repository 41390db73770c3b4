"""Whatever bytes arrive, a decoder answers with a value or with a `Rejected`, and what it accepts is canonical."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.harness.ledger import anchor, sign, wallet
from tests.harness.story import Story, tell

from muniment import app
from muniment.core.block import block_codec, receipt_codec, result_codec
from muniment.core.codec import encode
from muniment.core.errors import Rejected
from muniment.core.proof import Opening, decode_proof, verify
from muniment.core.transaction import decode_envelope, encode_envelope, encode_payload, peek
from muniment.core.trust import Trust
from muniment.engines.verifying import check
from muniment.node.genesis import Genesis

CODEC = app.machine().codec("fuzz")
RAW = sign("fuzz", wallet(), anchor(1), anchor(2))


@cache
def messages() -> tuple[type, ...]:
    return tuple(kind for module in app.MODULES for kind in module.handlers)


def mutated(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Return `data` with slices replaced."""
    for start, length, patch in edits:
        at = start % (len(data) + 1)
        data = data[:at] + patch + data[at + length :]
    return data


EDITS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 4), st.binary(max_size=5)), min_size=1, max_size=4)
JUNK = st.one_of(
    st.binary(max_size=300),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(1 << 63), (1 << 64) - 1)
        | st.binary(max_size=40)
        | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=30,
    ).map(msgspec.msgpack.encode),
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(JUNK, EDITS.map(lambda edits: mutated(RAW, edits))))
def test_any_envelope_is_decoded_canonically_or_rejected(raw: bytes) -> None:
    (found,) = check(CODEC, [raw])
    if not isinstance(found, Rejected):
        assert encode(decode_envelope(raw)) == raw
        assert encode(found.payload) == decode_envelope(raw).payload


@settings(max_examples=300, deadline=None)
@given(JUNK)
def test_any_payload_is_decoded_canonically_or_rejected(data: bytes) -> None:
    raw = encode_envelope(data, suite=1, key=bytes(32), signature=bytes(64))
    for read in (lambda: CODEC.decode(raw), lambda: peek(data)):
        try:
            read()
        except Rejected:
            continue
        assert encode(CODEC.decode(raw).payload) == data


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_content_of_any_message_type_is_decoded_or_rejected(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(messages()))
    tag = kind.__struct_config__.tag  # type: ignore[attr-defined]
    body = data.draw(
        st.lists(
            st.none() | st.integers(-(1 << 63), (1 << 64) - 1) | st.binary(max_size=33) | st.text(max_size=5),
            max_size=9,
        )
    )
    payload = msgspec.msgpack.encode(("fuzz", bytes(32), [[tag, *body]], 1_000, b"", None))
    try:
        found = CODEC.decode(encode_envelope(payload, suite=1, key=bytes(32), signature=bytes(64)))
    except Rejected:
        return
    assert encode_payload(found.payload) == payload


@settings(max_examples=200, deadline=None)
@given(st.one_of(JUNK, st.text(max_size=80).map(str.encode), st.just(b"[" * 9_000), st.just(b"\x91" * 9_000)))
def test_other_decoders_reject_what_they_do_not_know(data: bytes) -> None:
    for read in (
        receipt_codec.decode,
        block_codec.decode,
        result_codec.decode,
        decode_proof,
        Trust.decode,
        Genesis.decode,
    ):
        try:
            read(data)
        except Rejected:
            continue
        assert read in (receipt_codec.decode, block_codec.decode, result_codec.decode)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(tmp_path_factory.mktemp("story") / "ledger")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["record", "sealed", "overridden", "rotated"]), EDITS)
def test_an_edited_proof_file_is_rejected_or_shows_the_same(
    story: Story, name: str, edits: list[tuple[int, int, bytes]]
) -> None:
    honest = verify(story.proofs[name].proof, story.trust)
    data = msgspec.json.encode(msgspec.structs.replace(story.proofs[name].proof, model=None))
    try:
        found: Any = verify(decode_proof(mutated(data, edits)), story.trust)
    except Rejected:
        return
    # Dropping optional evidence may show less, never something else.
    assert (
        found._replace(standing=honest.standing, status=honest.status, opened=honest.opened, kind=honest.kind) == honest
    )
    assert set(found.opened.items()) <= set(honest.opened.items())
    assert found.standing in (honest.standing, "unknown")


FIELD = st.tuples(
    st.sampled_from(["hour", "amount"]) | st.text(max_size=4),
    st.none() | st.integers(-(1 << 80), 1 << 80) | st.text(max_size=3) | st.floats(allow_nan=False),
    st.binary(min_size=15, max_size=17),
    st.integers(-(1 << 70), 1 << 70) | st.integers(0, 4),
    st.integers(-(1 << 70), 1 << 70) | st.integers(0, 4),
    st.lists(st.binary(min_size=31, max_size=32), max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FIELD, min_size=1, max_size=3))
def test_any_opening_in_a_proof_file_is_rejected_unless_it_was_sealed(story: Story, fields: list[Any]) -> None:
    file = json.loads(msgspec.json.encode(msgspec.structs.replace(story.proofs["sealed"].proof, model=None)))
    file["opening"] = {"fields": msgspec.to_builtins(fields)}
    with pytest.raises(Rejected):
        verify(decode_proof(json.dumps(file).encode()), story.trust)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 2), st.none() | st.integers(-(1 << 80), 1 << 80), st.none() | st.text(st.characters(), max_size=3)
)
@example(0, 2**70, None)
@example(0, None, "\ud800")
def test_a_misquoted_opening_is_rejected_in_memory_too(
    story: Story, place: int, value: int | None, name: str | None
) -> None:
    proof = story.proofs["sealed"].proof
    assert proof.opening is not None
    honest = proof.opening.fields[place]
    if value == honest.value:
        return
    lie = msgspec.structs.replace(honest, value=value, name=honest.name if name is None else name)
    with pytest.raises(Rejected):
        verify(msgspec.structs.replace(proof, opening=Opening((lie,))), story.trust)

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.core.merkle import leaf_hash, node_hash
from muniment.core.proof_errors import ProofRejected
from muniment.core.sealing import (
    FieldOpening,
    FieldsUneven,
    SaltMalformed,
    check_field,
    check_fields,
    field_leaf,
    open_field,
    seal,
    subject_commitment,
)

VALUES = st.none() | st.integers(-(2**63), 2**63 - 1)
FIELDS = st.lists(st.tuples(st.text(max_size=12), VALUES, st.binary(min_size=16, max_size=16)), min_size=1, max_size=40)


def test_a_leaf_is_the_rfc_9162_hash_of_salt_and_message_pack() -> None:
    salt = bytes(range(16))
    assert field_leaf("amount", 1999, salt) == leaf_hash(salt + b"\x92\xa6amount\xcd\x07\xcf")
    assert field_leaf("age", None, salt) == leaf_hash(salt + b"\x92\xa3age\xc0")


def test_two_fields_make_one_node() -> None:
    one, two = bytes(16), b"\x01" * 16
    assert seal(("a", "b"), (1, 2), (one, two)) == node_hash(field_leaf("a", 1, one), field_leaf("b", 2, two))


@given(FIELDS, st.data())
@settings(max_examples=60)
def test_every_field_opens_by_itself(fields: list[tuple[str, int | None, bytes]], data: st.DataObject) -> None:
    names, values, salts = zip(*fields, strict=True)
    root = seal(names, values, salts)
    index = data.draw(st.integers(0, len(fields) - 1))
    opening = open_field(names, values, salts, index=index)
    check_field(opening, root)
    assert (opening.name, opening.value) == (names[index], values[index])
    other = 0 if opening.value is None else None
    with pytest.raises(ProofRejected):
        check_field(msgspec.structs.replace(opening, value=other), root)


@given(FIELDS, st.data())
@settings(max_examples=60)
def test_any_other_value_or_salt_gives_another_commitment(
    fields: list[tuple[str, int | None, bytes]], data: st.DataObject
) -> None:
    names, values, salts = zip(*fields, strict=True)
    at = data.draw(st.integers(0, len(fields) - 1))
    value = data.draw(VALUES.filter(lambda other: other != values[at]))
    salt = data.draw(st.binary(min_size=16, max_size=16).filter(lambda other: other != salts[at]))
    root = seal(names, values, salts)
    assert seal(names, (*values[:at], value, *values[at + 1 :]), salts) != root
    assert seal(names, values, (*salts[:at], salt, *salts[at + 1 :])) != root


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_salt_of_another_length_is_refused(size: int) -> None:
    attempts: tuple[Callable[[], bytes], ...] = (
        partial(field_leaf, "a", 1, bytes(size)),
        partial(seal, ("a",), (1,), (bytes(size),)),
        partial(subject_commitment, bytes(32), bytes(size)),
    )
    for attempt in attempts:
        with pytest.raises(SaltMalformed) as refused:
            attempt()
        assert (refused.value.size_bytes, refused.value.expected_bytes) == (size, 16)


@pytest.mark.parametrize(("names", "values", "salts"), [(0, 0, 0), (2, 1, 2), (2, 2, 1), (1, 2, 2), (4097, 4097, 4097)])
def test_uneven_fields_are_refused(names: int, values: int, salts: int) -> None:
    with pytest.raises(FieldsUneven) as refused:
        seal(("a",) * names, (1,) * values, (bytes(16),) * salts)
    assert (refused.value.names, refused.value.values, refused.value.salts) == (names, values, salts)


@pytest.mark.parametrize(
    "change",
    [{"salt": bytes(15)}, {"index": 2}, {"index": -1}, {"count": 1}, {"count": 5_000}, {"path": ()}, {"name": "c"}],
)
def test_a_malformed_opening_is_refused(change: dict[str, object]) -> None:
    names, values, salts = ("a", "b"), (1, 2), (bytes(16), bytes(16))
    opening = open_field(names, values, salts, index=0)
    with pytest.raises(ProofRejected):
        check_field(msgspec.structs.replace(opening, **change), seal(names, values, salts))


def test_an_opening_survives_the_wire() -> None:
    opening = open_field(("a", "b", "c"), (1, None, 3), (bytes(16),) * 3, index=1)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(opening), type=FieldOpening) == opening


def test_a_subject_commitment_depends_on_account_and_salt() -> None:
    made = {
        subject_commitment(account, salt) for account in (bytes(32), b"\x01" * 32) for salt in (bytes(16), b"s" * 16)
    }
    assert len(made) == 4


@pytest.mark.parametrize(
    "lie", [{"value": 2**70}, {"value": 2**64}, {"value": -(2**63) - 1}, {"name": "\ud800"}, {"index": 2**70}]
)
def test_what_cannot_be_sealed_is_refused_and_stops_no_verifier(lie: dict[str, object]) -> None:
    opening = open_field(("a", "b"), (1, 2), (bytes(16), b"\x01" * 16), index=0)
    root = seal(("a", "b"), (1, 2), (bytes(16), b"\x01" * 16))
    with pytest.raises(ProofRejected):
        check_field(msgspec.structs.replace(opening, **lie), root)


def test_fields_of_one_name_or_place_or_another_number_are_refused() -> None:
    salts = (bytes(16), b"\x01" * 16, b"\x02" * 16)
    names, values = ("a", "a", "b"), (1, 2, 3)
    root = seal(names, values, salts)
    first, second, third = (open_field(names, values, salts, index=index) for index in range(3))
    check_fields((first, third), root, count=3)
    check_fields((), root, count=3)
    for openings, count in (
        ((first, second), 3),
        ((third, third), 3),
        ((first,), 2),
        ((first, msgspec.structs.replace(third, index=1, count=2)), 3),
        ((msgspec.structs.replace(third, index=1, count=2),), 3),
    ):
        with pytest.raises(ProofRejected):
            check_fields(openings, root, count=count)

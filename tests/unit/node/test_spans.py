from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.node.spans import Broken, elements, value_end

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@given(plain, st.binary(max_size=5))
def test_a_value_ends_where_it_ends(value: Any, more: bytes) -> None:
    data = msgspec.msgpack.encode(value)
    assert value_end(data + more, 0) == len(data)


@given(plain)
def test_a_value_cut_short_has_no_end(value: Any) -> None:
    data = msgspec.msgpack.encode(value)
    with pytest.raises(Broken):
        value_end(data[:-1], 0)


@given(st.lists(plain, max_size=40), st.binary(max_size=5))
def test_elements_are_the_values_of_an_array(values: list[Any], before: bytes) -> None:
    data = before + msgspec.msgpack.encode(values)
    spans = elements(data, len(before))
    assert [data[span.start : span.end] for span in spans] == [msgspec.msgpack.encode(value) for value in values]


@given(st.binary(max_size=200))
def test_any_bytes_are_walked_without_harm(data: bytes) -> None:
    for span in elements(data):
        assert 0 < span.start < span.end <= len(data)


@pytest.mark.parametrize("length", [1 << 8, 1 << 16, 70_000])
def test_long_arrays_and_strings_are_walked(length: int) -> None:
    data = msgspec.msgpack.encode([b"x" * length, "y" * length, list(range(length)), {1: 2}])
    assert [span.end for span in elements(data)][-1] == len(data)
    assert len(elements(data, elements(data)[2].start)) == length


def test_extensions_are_walked() -> None:
    for size in (1, 2, 4, 8, 16, 5, 300, 70_000):
        data = msgspec.msgpack.encode(msgspec.msgpack.Ext(7, bytes(size)))
        assert value_end(data, 0) == len(data)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.core.errors import Halted
from muniment.storage import layout


@given(st.binary(max_size=40), st.binary(max_size=200))
def test_a_record_comes_back_as_it_was_sealed(key: bytes, data: bytes) -> None:
    assert layout.unsealed(layout.FACTS, key, layout.sealed(key, data)) == data


@given(st.binary(min_size=1, max_size=40), st.binary(max_size=200), st.data())
def test_any_changed_byte_halts(key: bytes, data: bytes, chosen: st.DataObject) -> None:
    record = bytearray(layout.sealed(key, data))
    at = chosen.draw(st.integers(0, len(record) - 1))
    record[at] ^= chosen.draw(st.integers(1, 255))
    with pytest.raises(Halted):
        layout.unsealed(layout.FACTS, key, bytes(record))


def test_a_record_under_another_key_halts() -> None:
    with pytest.raises(Halted):
        layout.unsealed(layout.FACTS, b"b", layout.sealed(b"a", b"data"))


@given(st.lists(st.tuples(st.sampled_from([layout.OLD_VALUES, layout.OLD_PAGES]), st.binary(max_size=300))))
def test_names_of_before_images_come_back(names: list[tuple[bytes, bytes]]) -> None:
    assert list(layout.split_names(layout.joined_names(names))) == names


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_before_images_of_one_name_stand_together_by_height(one: bytes, other: bytes, low: int, high: int) -> None:
    first, last = sorted((low, high))
    assert layout.old_key(one, first) <= layout.old_key(one, last)
    if one != other:
        inside = layout.old_key(one, first) <= layout.old_key(other, low) <= layout.old_key(one, last)
        assert not inside

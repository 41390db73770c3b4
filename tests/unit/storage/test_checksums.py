from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.storage.checksums import Repair, single_byte_repairs
from muniment.storage.layout import sealed


@settings(max_examples=200)
@given(st.binary(max_size=20), st.binary(max_size=3_000), st.data())
def test_the_byte_that_broke_a_checksum_is_found(key: bytes, data: bytes, chosen: st.DataObject) -> None:
    record = bytearray(sealed(key, data))
    at = chosen.draw(st.integers(0, len(record) - 1))
    was = record[at]
    record[at] ^= chosen.draw(st.integers(1, 255))
    assert Repair(at, was) in list(single_byte_repairs(key, bytes(record)))


@given(st.binary(max_size=20), st.binary(max_size=300))
def test_a_whole_record_needs_no_repair(key: bytes, data: bytes) -> None:
    assert list(single_byte_repairs(key, sealed(key, data))) == []


def test_every_repair_makes_the_checksum_right() -> None:
    record = bytearray(sealed(b"key", bytes(range(256)) * 40))
    record[77] ^= 0x5A
    record[4_000] ^= 0x11
    for repair in single_byte_repairs(b"key", bytes(record)):
        mended = bytearray(record)
        mended[repair.at] = repair.was
        assert sealed(b"key", bytes(mended[4:])) == bytes(mended)

"""Overlays, tables and facts."""

from __future__ import annotations

import pytest

from muniment.core.codec import Codec, Named, Wire, encode
from muniment.core.errors import Halted
from muniment.core.state import Bottom, Facts, Overlay, Table


class Value(Wire, frozen=True):
    number: int


class Happened(Named, frozen=True):
    number: int


TABLE: Table[Value] = Table(b"Tv", Value)
FACTS: Facts[Happened] = Facts(b"Tf", Happened)


class Memory:
    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.facts: dict[bytes, bytes] = {}
        self.reads = 0

    def value_bytes(self, key: bytes) -> bytes | None:
        self.reads += 1
        return self.values.get(key)

    def fact_bytes(self, key: bytes) -> bytes | None:
        return self.facts.get(key)


def keep(overlay: Overlay, identity: int, number: int) -> None:
    fact = Happened(number)
    overlay.add_fact(FACTS.key(identity), fact, encode(fact))


def test_an_overlay_shows_its_writes_and_leaves_what_is_below_alone() -> None:
    store = Memory()
    store.values[b"Tva"] = encode(Value(1))
    overlay = Overlay(Bottom(store))
    TABLE.put(overlay, b"a", Value(2))
    assert TABLE.get(overlay, b"a") == Value(2)
    assert TABLE.get(Bottom(store), b"a") == Value(1)


def test_a_deleted_value_is_absent() -> None:
    store = Memory()
    store.values[b"Tva"] = encode(Value(1))
    overlay = Overlay(Bottom(store))
    TABLE.delete(overlay, b"a")
    assert TABLE.get(overlay, b"a") is None
    assert list(overlay.changes()) == [(b"Tva", None)]


def test_merging_passes_writes_down_and_dropping_forgets_them() -> None:
    block = Overlay(Bottom(Memory()))
    dropped, kept = Overlay(block), Overlay(block)
    TABLE.put(dropped, b"a", Value(1))
    keep(dropped, 1, 1)
    TABLE.put(kept, b"b", Value(2))
    keep(kept, 2, 2)
    block.merge(kept)
    assert TABLE.get(block, b"a") is None
    assert FACTS.get(block, 1) is None
    assert TABLE.get(block, b"b") == Value(2)
    assert FACTS.get(block, 2) == Happened(2)


def test_changes_come_by_key_whatever_the_order_of_writing() -> None:
    overlay = Overlay(Bottom(Memory()))
    for name in (b"c", b"a", b"b"):
        TABLE.put(overlay, name, Value(ord(name)))
    assert [key for key, _ in overlay.changes()] == [b"Tva", b"Tvb", b"Tvc"]


def test_a_caching_overlay_reads_each_key_once_even_if_absent() -> None:
    store = Memory()
    overlay = Overlay(Bottom(store), caching=True)
    for _ in range(3):
        assert TABLE.get(overlay, b"a") is None
    assert store.reads == 1


def test_a_fact_is_written_once() -> None:
    overlay = Overlay(Bottom(Memory()))
    keep(overlay, 1, 1)
    with pytest.raises(Halted):
        keep(overlay, 1, 2)


@pytest.mark.parametrize("identity", [-1, 1 << 63, 1 << 200])
def test_an_impossible_identity_has_no_fact(identity: int) -> None:
    assert FACTS.get(Bottom(Memory()), identity) is None


def test_fact_keys_sort_in_log_order() -> None:
    keys = [FACTS.key(identity) for identity in (0, 1, 255, 256, 1 << 40)]
    assert keys == sorted(keys)


def test_a_table_refuses_bytes_of_another_type() -> None:
    store = Memory()
    store.values[b"Tva"] = encode(("text",))
    with pytest.raises(Exception, match="cannot be decoded"):
        TABLE.get(Bottom(store), b"a")


def test_a_codec_states_its_limit() -> None:
    codec: Codec[Value] = Codec(Value, what="it", limit_bytes=1)
    with pytest.raises(Exception, match="at most 1"):
        codec.decode(encode(Value(1_000)))

"""Files of openings that were damaged or made up: read as openings that can be used, or refused by name."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.client.openings import FORMAT, Opening, Openings, OpeningsUnreadable

values = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
fields = st.lists(st.tuples(st.text(max_size=8), values, st.binary(min_size=16, max_size=16)), min_size=1, max_size=6)
openings = fields.map(lambda rows: Opening(*(tuple(column) for column in zip(*rows, strict=True))))


def _read(data: bytes) -> Openings | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept"
        path.write_bytes(data)
        try:
            return Openings.load(path)
        except OpeningsUnreadable:
            return None


def _written(kept: Openings) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return kept.save(Path(folder) / "kept").read_bytes()


@given(st.lists(openings, max_size=4))
@settings(max_examples=50, deadline=None)
def test_openings_survive_their_file_and_are_found_by_number_and_by_commitment(held: list[Opening]) -> None:
    back = _read(_written(Openings([(f"decision:{number}", one) for number, one in enumerate(held)], chain="c")))
    assert back is not None
    assert (back.all, back.chain) == (held, "c")
    assert [back[f"decision:{number}"] for number in range(len(held))] == held
    for one in held:
        found = back.of(one.commitment)
        assert found is not None
        assert found.commitment == one.commitment


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_bytes_are_refused(data: bytes) -> None:
    assert _read(data) is None


@given(st.lists(openings, min_size=1, max_size=2), st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_file_is_refused_or_gives_openings_that_can_be_used(held: list[Opening], data: st.DataObject) -> None:
    whole = bytearray(_written(Openings([("decision:1", one) for one in held])))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    found = _read(bytes(whole))
    assert found is None or all(len(one.commitment) == 32 for one in found.all)


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(values, max_size=3), st.lists(st.binary(max_size=17)))
@settings(max_examples=100, deadline=None)
def test_an_uneven_opening_is_refused(names: list[str], held: list[int | None], salts: list[bytes]) -> None:
    one = {"decision": "", "names": names, "values": held, "salts": salts}
    found = _read(msgspec.json.encode({"format": FORMAT, "chain": "", "openings": [one]}))
    sound = 0 < len(names) == len(held) == len(salts) and all(len(salt) == 16 for salt in salts)
    assert (found is not None) == sound

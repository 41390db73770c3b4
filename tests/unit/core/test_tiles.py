from __future__ import annotations

import pytest

from muniment.core import merkle, tiles
from muniment.core.proof_errors import TileMalformed

LEAVES = [n.to_bytes(32, "big") for n in range(66_500)]


def stored(size: int) -> dict[tuple[int, int], bytes]:
    return tiles.changed_tiles(0, LEAVES[:size], lambda level, index: b"")


def source_of(held: dict[tuple[int, int], bytes]) -> tiles.TileSource:
    return lambda level, index: held[level, index]


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("tile/0/x001/x234/067", (0, 1234067, 256)),
        ("tile/0/000.p/1", (0, 0, 1)),
        ("tile/63/999", (63, 999, 256)),
        ("tile/entries/x001/000.p/255", (None, 1000, 255)),
    ],
)
def test_paths_are_those_of_the_specification(path: str, parts: tuple[int | None, int, int]) -> None:
    level, index, width = parts
    made = tiles.bundle_path(index, width) if level is None else tiles.tile_path(level, index, width)
    assert made == path
    assert tiles.parse_path(path) == parts


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1234",
        "tile/0/x000/001",
        "tile/00/001",
        "tile/64/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/001/002",
        "tile/0/\u0660\u0660\u0660",
        "tile/data/000",
        "tile/0/" + "x999/" * 9 + "999",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(TileMalformed):
        tiles.parse_path(path)


def test_a_log_of_70000_has_the_tiles_of_the_specification() -> None:
    assert tiles.tile_paths(70_000) == ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
    assert tiles.tile_paths(256) == ["tile/0/000", "tile/1/000.p/1"]
    assert tiles.tile_paths(0) == []


def test_tiles_hold_the_roots_of_the_full_tiles_below() -> None:
    held = stored(66_500)
    assert {key[0] for key in held} == {0, 1, 2}
    for (level, index), data in held.items():
        for at, found in enumerate(tiles.tile_hashes(data)):
            first = (index * 256 + at) * 256**level
            assert level == 0 or at % 50 or found == merkle.root(LEAVES[first : first + 256**level])


@pytest.mark.parametrize("sizes", [(0, 1), (1, 2), (100, 256), (255, 257), (256, 300), (500, 1100), (65_530, 66_000)])
@pytest.mark.parametrize("with_rows", [False, True])
def test_changed_tiles_are_the_difference(sizes: tuple[int, int], with_rows: bool) -> None:
    old, new = sizes
    held = stored(old)
    leaves = LEAVES[old:new]
    rows = tiles.frontier(old, source_of(held)).extend(leaves) if with_rows else None
    changed = tiles.changed_tiles(old, leaves, source_of(held), rows=rows)
    assert {**held, **changed} == stored(new)
    assert all(held.get(key) != data for key, data in changed.items())


def test_a_newer_tile_serves_an_older_size() -> None:
    held = stored(700)
    assert tiles.frontier(300, source_of(held)).root() == merkle.root(LEAVES[:300])
    changed = tiles.changed_tiles(300, LEAVES[300:310], source_of(held))
    assert changed == {(0, 1): b"".join(LEAVES[256:310])}


def test_nothing_appended_changes_nothing() -> None:
    assert tiles.changed_tiles(300, [], source_of(stored(300))) == {}


def test_nodes_and_frontier_come_from_tiles() -> None:
    held = stored(1000)
    assert tiles.frontier(1000, source_of(held)).root() == merkle.root(LEAVES[:1000])
    for level in range(10):
        found = tiles.node(level, 0, source_of(held))
        assert found == merkle.root(LEAVES[: 1 << level])


@pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * 33, b"x" * (32 * 257)])
def test_a_tile_of_the_wrong_length_is_refused(data: bytes) -> None:
    with pytest.raises(TileMalformed):
        tiles.node(1, 0, lambda level, index: data)


def test_bundles_round_trip() -> None:
    entries = [b"", b"a", b"x" * 65_535]
    assert tiles.decode_bundle(tiles.encode_bundle(entries)) == entries


def test_an_entry_too_long_for_a_bundle_is_refused() -> None:
    with pytest.raises(TileMalformed):
        tiles.encode_bundle([b"x" * 65_536])


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x00" * 257])
def test_broken_bundles_are_refused(data: bytes) -> None:
    with pytest.raises(TileMalformed):
        tiles.decode_bundle(data)


@pytest.mark.parametrize(("index", "width"), [(-1, 256), (0, 0), (0, 257)])
def test_paths_out_of_range_are_refused(index: int, width: int) -> None:
    with pytest.raises(TileMalformed):
        tiles.tile_path(0, index, width)

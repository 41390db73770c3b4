"""The log as static files: tiles of 256 hashes and bundles of entries.

A tile at tile level L holds roots of perfect subtrees of 256^L leaves. Tiles are passed around as bytes: 32 for
each hash, fewer than 256 hashes in a partial tile at the right edge.

Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from muniment.core.merkle import HASH_BYTES, MAX_SIZE, Frontier, parents
from muniment.core.proof_errors import TileMalformed

#: Levels of the Merkle tree in one tile, and hashes in a full one.
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES
#: The longest entry that a bundle can hold.
MAX_ENTRY_BYTES = (1 << 16) - 1
MAX_TILE_LEVEL = 63

#: `tile(level, index)`: the contents of a tile as it is now; longer than needed is fine, shorter is refused.
TileSource = Callable[[int, int], bytes]

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile: `tile/0/x001/x234/067` for `(0, 1234067)`; partial ones end in `.p/<width>`."""
    return f"tile/{level}/{_index_path(index)}{_partial(width)}"


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of an entry bundle: `tile/entries/000`, partial ones end in `.p/<width>`."""
    return f"tile/entries/{_index_path(index)}{_partial(width)}"


def parse_path(path: str) -> tuple[int | None, int, int]:
    """Return level (None for an entry bundle), index and width of a tile path.

    Raises:
        TileMalformed: anything but the canonical form.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise TileMalformed(what=f"path {path!r}", reason="it names no tile or entry bundle")
    level = None if match["level"] == "entries" else int(match["level"])
    index = int(match["index"].replace("x", "").replace("/", ""))
    width = int(match["width"] or TILE_WIDTH)
    canonical = bundle_path(index, width) if level is None else tile_path(level, index, width)
    if path != canonical or (match["width"] and width >= TILE_WIDTH) or (level or 0) > MAX_TILE_LEVEL:
        raise TileMalformed(what=f"path {path!r}", reason="it is not in canonical form")
    return level, index, width


def tile_count(size: int, level: int) -> int:
    """Return how many hashes the tiles at `level` hold together in a log of `size` leaves."""
    return size >> (TILE_HEIGHT * level)


def tile_paths(size: int) -> list[str]:
    """Return the path of the rightmost tile at every level of a log of `size` leaves, lowest first."""
    paths = []
    level = 0
    while count := tile_count(size, level):
        index, width = divmod(count, TILE_WIDTH)
        paths.append(tile_path(level, index, width) if width else tile_path(level, index - 1))
        level += 1
    return paths


def tile_hashes(tile: bytes) -> list[bytes]:
    """Return the hashes in a tile, left to right."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def node(level: int, index: int, tile: TileSource) -> bytes:
    """Return the root of the `index`-th perfect subtree of 2^level leaves, from one tile."""
    tile_level, height = divmod(level, TILE_HEIGHT)
    tile_index, first = divmod(index << height, TILE_WIDTH)
    row = _slice(tile, (tile_level, tile_index), first, first + (1 << height))
    while len(row) > 1:
        row = parents(row)
    return row[0]


def frontier(size: int, tile: TileSource) -> Frontier:
    """Return the frontier of the first `size` leaves of a log held in tiles."""
    levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
    return Frontier(size, [node(level, (size >> level) - 1, tile) for level in levels])


def changed_tiles(
    old_size: int, leaves: Sequence[bytes], tile: TileSource, *, rows: Sequence[Sequence[bytes]] | None = None
) -> dict[tuple[int, int], bytes]:
    """Return the new contents of every tile that appending `leaves` creates or fills, by (tile level, index).

    Args:
        old_size: Leaves before.
        leaves: The new leaf hashes, in order.
        tile: The tiles as they were.
        rows: What `Frontier.extend(leaves)` returned, if it was called: then nothing is hashed here.
    """
    if rows is None:
        rows = frontier(old_size, tile).extend(leaves)
    changed: dict[tuple[int, int], bytes] = {}
    for level, row in enumerate(rows[::TILE_HEIGHT]):
        index, width = divmod(tile_count(old_size, level), TILE_WIDTH)
        kept = b"".join(_slice(tile, (level, index), 0, width)) if width else b""
        data = kept + b"".join(row)
        for at in range(0, len(data), TILE_BYTES):
            changed[level, index + at // TILE_BYTES] = data[at : at + TILE_BYTES]
    return changed


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries as a bundle: each with its length before it, 2 bytes big-endian."""
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileMalformed(
                what="entry bundle", reason=f"an entry has {len(entry)} bytes, at most {MAX_ENTRY_BYTES}"
            )
        parts.append(len(entry).to_bytes(2, "big"))
        parts.append(entry)
    return b"".join(parts)


def decode_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle, at most 256; truncated or over-full bundles are refused."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise TileMalformed(what="entry bundle", reason="it ends within an entry")
        if len(entries) == TILE_WIDTH:
            raise TileMalformed(what="entry bundle", reason=f"it holds more than {TILE_WIDTH} entries")
        entries.append(data[start:at])
    return entries


def _slice(tile: TileSource, where: tuple[int, int], first: int, end: int) -> list[bytes]:
    """Return the hashes `[first, end)` of one tile, or refuse a tile that does not hold them."""
    data = tile(*where)
    if len(data) < end * HASH_BYTES or len(data) > TILE_BYTES or len(data) % HASH_BYTES:
        raise TileMalformed(what=tile_path(*where), reason=f"it has {len(data)} bytes, hash {end - 1} was needed")
    return [data[at : at + HASH_BYTES] for at in range(first * HASH_BYTES, end * HASH_BYTES, HASH_BYTES)]


def _index_path(index: int) -> str:
    if not 0 <= index <= MAX_SIZE:
        raise TileMalformed(what=f"tile index {index}", reason="it is out of range")
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def _partial(width: int) -> str:
    if not 1 <= width <= TILE_WIDTH:
        raise TileMalformed(what=f"tile width {width}", reason="it is out of range")
    return "" if width == TILE_WIDTH else f".p/{width}"

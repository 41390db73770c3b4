"""The log as static files by C2SP tlog-tiles: any web server can publish them, any tlog client can read them.

Derived from the store, written after the fact and never read back; what is missing is written again.
"""

from __future__ import annotations

import os
from pathlib import Path

from muniment.core import tiles
from muniment.core.errors import Rejected
from muniment.core.note import Checkpoint, parse_note
from muniment.storage.view import View

CHECKPOINT = "checkpoint"


def publish(view: View, directory: Path) -> int:
    """Bring the published files up to the head of `view`; returns how many files were written.

    The checkpoint is replaced last, so that whoever reads it finds all its tiles.
    """
    head = view.head()
    done = _published_size(directory)
    if done == head.log_size and (directory / CHECKPOINT).exists():
        return 0
    written = 0
    fresh = set(tiles.tile_paths(head.log_size)) - (set(tiles.tile_paths(done)) if done <= head.log_size else set())
    for path in sorted(fresh):
        level, index, width = tiles.parse_path(path)
        if level is not None:
            written += _write(directory / path, view.tile(level, index)[: width * 32])
            if level == 0:
                written += _write(directory / tiles.bundle_path(index, width), _bundle(view, index, width))
    written += _write(directory / CHECKPOINT, view.note(head.height).encode())
    return written


def _bundle(view: View, index: int, width: int) -> bytes:
    first = index * tiles.TILE_WIDTH
    entries: list[bytes] = []
    while len(entries) < width:
        height = view.height_of(first + len(entries))
        if height is None:
            break
        result = view.result(height)
        at = first + len(entries) - result.first
        entries += result.receipts[at : at + width - len(entries)]
    return tiles.encode_bundle(entries)


def _published_size(directory: Path) -> int:
    try:
        text, _ = parse_note((directory / CHECKPOINT).read_bytes())
        return Checkpoint.parse(text).size
    except (OSError, Rejected):
        return 0


def _write(path: Path, data: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(data)
    os.replace(temporary, path)
    return 1

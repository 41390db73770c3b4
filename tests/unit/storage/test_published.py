from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.harness.ledger import anchors, commit, ledger, wallet

from muniment.core import tiles
from muniment.core.errors import Halted
from muniment.core.merkle import EMPTY_ROOT, leaf_hashes
from muniment.core.note import open_checkpoint
from muniment.node.node import Node
from muniment.storage import published
from muniment.storage.published import publish


def tree(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def published_tile(directory: Path, size: int) -> tiles.TileSource:
    """Read tiles as a stranger would: by path, the widest that the size allows."""

    def tile(level: int, index: int) -> bytes:
        width = min(tiles.TILE_WIDTH, tiles.tile_count(size, level) - index * tiles.TILE_WIDTH)
        return (directory / tiles.tile_path(level, index, width)).read_bytes()

    return tile


def check_published(node: Node, directory: Path) -> int:
    """Check everything that is published against the checkpoint; return the size of the log."""
    checkpoint = open_checkpoint((directory / "checkpoint").read_bytes(), node.trust.verifier_keys())
    size = checkpoint.size
    tile = published_tile(directory, size)
    assert (tiles.frontier(size, tile).root() if size else EMPTY_ROOT) == checkpoint.root
    for index in range(-(-size // tiles.TILE_WIDTH)):
        width = min(tiles.TILE_WIDTH, size - index * tiles.TILE_WIDTH)
        entries = tiles.decode_bundle((directory / tiles.bundle_path(index, width)).read_bytes())
        assert b"".join(leaf_hashes(entries)) == tile(0, index)
    return size


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_published_files_are_those_of_the_checkpoint(tmp_path: Path, size: int) -> None:
    with ledger(tmp_path / "ledger") as node:
        commit(node, anchors(node, wallet(), count=size))
        publish(node.store, tmp_path / "log")
        assert check_published(node, tmp_path / "log") == size


def test_a_large_log_is_published_in_several_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_LOOK_TILES", 2)
    with ledger(tmp_path / "ledger") as node:
        commit(node, anchors(node, wallet(), count=1_300))
        publish(node.store, tmp_path / "log")
        assert check_published(node, tmp_path / "log") == 1_300
        with node.view():
            # Whoever looks keeps the map as it is.
            node.store.remap()
        commit(node, anchors(node, wallet(), count=1, first=9_000))


def test_publishing_as_it_grows_gives_what_publishing_at_once_gives(tmp_path: Path) -> None:
    grown, at_once = tmp_path / "grown", tmp_path / "at_once"
    with ledger(tmp_path / "ledger") as node:
        for count in (3, 250, 3, 1, 300, 256, 2):
            commit(node, anchors(node, wallet(), count=count))
            publish(node.store, grown)
            check_published(node, grown)
        publish(node.store, at_once)
    whole = tree(at_once)
    assert {path: data for path, data in tree(grown).items() if path in whole} == whole
    partial = set(tree(grown)) - set(whole)
    assert all(".p/" in path for path in partial)


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        commit(node, anchors(node, wallet(), count=5))
        assert node.publish() > 0
        assert node.publish() == 0


def test_what_is_missing_is_written_again(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        commit(node, anchors(node, wallet(), count=300))
        node.publish()
        before = tree(node.home.log)
        shutil.rmtree(node.home.log)
        node.publish()
        assert tree(node.home.log) == before


def test_a_log_that_was_published_is_not_taken_back(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        commit(node, anchors(node, wallet(), count=5))
    shutil.copytree(tmp_path / "ledger" / "store", tmp_path / "early")
    with ledger(tmp_path / "ledger") as node:
        commit(node, anchors(node, wallet(), count=5))
    published = tree(tmp_path / "ledger" / "log")
    shutil.rmtree(tmp_path / "ledger" / "store")
    shutil.copytree(tmp_path / "early", tmp_path / "ledger" / "store")
    with pytest.raises(Halted), ledger(tmp_path / "ledger"):
        pass
    assert tree(tmp_path / "ledger" / "log") == published

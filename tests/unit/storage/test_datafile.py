from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import lmdb
import pytest

from muniment.storage.datafile import DataFile, StructureDamaged
from muniment.storage.structure import check_at_opening, check_structure

NAMES = [b"first", b"second", b"third"]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A file with branches, records with pages of their own, and free pages."""
    choose = random.Random(7)
    with lmdb.open(str(tmp_path), map_size=1 << 30, max_dbs=3) as env:
        tables = [env.open_db(name) for name in NAMES]
        for _ in range(40):
            with env.begin(write=True) as txn:
                for _ in range(60):
                    size = choose.choice([3, 100, 100, 100, 9_000])
                    txn.put(choose.randbytes(6), choose.randbytes(size), db=choose.choice(tables))
                for table in tables:
                    cursor = txn.cursor(db=table)
                    for _ in range(5):
                        assert not cursor.set_range(choose.randbytes(2)) or cursor.delete()
    return tmp_path


@pytest.fixture
def file(store: Path) -> Iterator[DataFile]:
    found = DataFile(store / "data.mdb")
    yield found
    found.close()


def test_every_record_stands_where_it_is_said_to_stand(store: Path, file: DataFile) -> None:
    meta = file.newest()
    tables = file.tables(meta)
    compared = 0
    with lmdb.open(str(store), readonly=True, max_dbs=3) as env:
        handles = {name: env.open_db(name, create=False) for name in NAMES}
        with env.begin() as txn:
            for name in NAMES:
                for key, data in txn.cursor(db=handles[name]):
                    place = file.find(tables[name], key, meta)
                    assert place is not None
                    assert file.read(place) == data
                    compared += 1
    assert compared > 1_000


def test_a_key_that_does_not_exist_is_not_found(file: DataFile) -> None:
    meta = file.newest()
    assert file.find(file.tables(meta)[b"first"], b"absent", meta) is None


def test_records_come_in_order_of_their_keys(file: DataFile) -> None:
    meta = file.newest()
    for tree in file.tables(meta).values():
        keys = [node.key for node in file.records(tree, meta)]
        assert keys == sorted(keys)
        assert len(keys) == tree.entries


def test_a_healthy_file_is_sound(file: DataFile) -> None:
    assert set(check_structure(file, file.newest())) == set(NAMES)


def test_a_compact_copy_is_sound(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with lmdb.open(str(store), max_dbs=3) as env:
        env.copy(str(copy), compact=True)
    check_at_opening(copy / "data.mdb")


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"short", bytes(100_000), bytes(range(256)) * 100):
        (tmp_path / "data.mdb").write_bytes(content)
        with pytest.raises(StructureDamaged):
            check_at_opening(tmp_path / "data.mdb")


def test_headers_cannot_be_changed_unseen(store: Path, dice: random.Random) -> None:
    """Every byte of a page's header matters, except in pages that are free."""
    path = store / "data.mdb"
    good = path.read_bytes()
    used = _used_pages(path)
    for _ in range(150):
        start = dice.choice(used) * 4096
        at = start + dice.randrange(8 if start < 8192 else 16)
        bad = bytearray(good)
        bad[at] ^= dice.randrange(1, 256)
        path.write_bytes(bad)
        with pytest.raises(StructureDamaged):
            check_at_opening(path)


def test_a_meta_page_that_claims_to_be_newer_is_found(store: Path) -> None:
    path = store / "data.mdb"
    file = DataFile(path)
    old = 1 - file.newest().number
    file.close()
    for bit in range(64):
        bad = bytearray(path.read_bytes())
        bad[old * 4096 + 144 + bit // 8] ^= 1 << bit % 8
        (store / "bad.mdb").write_bytes(bad)
        with pytest.raises(StructureDamaged):
            check_at_opening(store / "bad.mdb")


def test_a_truncated_file_is_found(store: Path) -> None:
    path = store / "data.mdb"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(StructureDamaged):
        check_at_opening(path)


def _used_pages(path: Path) -> list[int]:
    """Return the pages of trees, by looking at each page whose header names its own number."""
    file = DataFile(path)
    meta = file.newest()
    used, waiting = [0, 1], [tree.root for tree in (meta.main, *file.tables(meta).values())]
    while waiting:
        number = waiting.pop()
        used.append(number)
        leaf, nodes = file.nodes(number, meta)
        waiting += [] if leaf else [node.child for node in nodes]
    file.close()
    return used

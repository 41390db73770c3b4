from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lmdb
import pytest
from tests.harness.ledger import anchor as anchor_message
from tests.harness.ledger import commit, fill, ledger, sign, wallet

from muniment.core.errors import Halted, Unavailable
from muniment.modules.accounts import state as accounts
from muniment.storage import layout
from muniment.storage.datafile import StructureDamaged
from muniment.storage.errors import FormatUnknown, HeightUnknown, InUse, NotALedger
from muniment.storage.layout import height_key, sealed
from muniment.storage.ledger_store import LedgerStore

HOLD = """
import sys, time
from pathlib import Path
from muniment.storage.ledger_store import LedgerStore
store = LedgerStore(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed ledger of a few blocks."""
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=2)
    return tmp_path / "ledger"


def test_a_store_is_made_and_opened_again(tmp_path: Path) -> None:
    LedgerStore.create(tmp_path / "store", genesis=b"the beginning").close()
    store = LedgerStore(tmp_path / "store")
    assert store.genesis == b"the beginning"
    assert store.is_new
    store.close()


def test_a_store_is_not_made_where_something_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear reader")
    with pytest.raises(NotALedger):
        LedgerStore.create(tmp_path, genesis=b"{}")
    assert (tmp_path / "letter.txt").read_text() == "dear reader"


def test_a_creation_that_was_cut_short_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "store.new").mkdir()
    (tmp_path / "store.new" / "data.mdb").write_bytes(b"half a file")
    LedgerStore.create(tmp_path / "store", genesis=b"{}").close()
    assert not (tmp_path / "store.new").exists()


@pytest.mark.parametrize("name", ["absent", "empty", "file"])
def test_what_is_no_store_is_not_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("not a directory")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(NotALedger):
        LedgerStore(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_another_programs_file_is_not_a_ledger(tmp_path: Path) -> None:
    with lmdb.open(str(tmp_path), max_dbs=1) as env, env.begin(write=True) as txn:
        txn.put(b"key", b"value", db=env.open_db(b"theirs", txn=txn))
    with pytest.raises(NotALedger):
        LedgerStore(tmp_path)


def test_bytes_that_are_no_database_are_not_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(b"something else entirely" * 1_000)
    with pytest.raises((NotALedger, StructureDamaged)):
        LedgerStore(tmp_path)


def test_a_newer_format_is_left_alone(path: Path) -> None:
    with lmdb.open(str(path / "store"), max_dbs=20) as env, env.begin(write=True) as txn:
        txn.put(b"format", sealed(b"format", b"2"), db=env.open_db(layout.META, txn=txn))
    before = (path / "store" / "data.mdb").read_bytes()
    with pytest.raises(FormatUnknown) as caught:
        LedgerStore(path / "store")
    assert (caught.value.fields["found"], caught.value.fields["known"]) == ("2", str(layout.FORMAT_VERSION))
    assert (path / "store" / "data.mdb").read_bytes() == before


def test_a_missing_table_is_told(path: Path) -> None:
    with lmdb.open(str(path / "store"), max_dbs=20) as env, env.begin(write=True) as txn:
        txn.drop(env.open_db(layout.FACTS, txn=txn))
    with pytest.raises(NotALedger):
        LedgerStore(path / "store")


def test_a_second_writer_in_this_process_is_refused(path: Path) -> None:
    store = LedgerStore(path / "store")
    with pytest.raises(InUse, match=str(os.getpid())):
        LedgerStore(path / "store")
    store.close()
    LedgerStore(path / "store").close()


def test_a_second_writer_in_another_process_is_refused_by_its_number(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path / "store")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(InUse, match=str(child.pid)):
            LedgerStore(path / "store")
        reader = LedgerStore(path / "store", writable=False)
        assert reader.head().height > 0
        reader.close()
        child.kill()
        child.wait()
        LedgerStore(path / "store").close()


def test_readers_that_were_killed_hold_no_space(path: Path) -> None:
    code = HOLD.replace("Path(sys.argv[1]))", "Path(sys.argv[1]), writable=False)").replace(
        'print("held"', 'look = store.view(); look.__enter__(); print("held"'
    )
    watcher = LedgerStore(path / "store", writable=False)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path / "store")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        child.kill()
    # The watcher keeps the lock file alive, and with it the slot of the reader that is gone.
    slots = watcher._env.readers()
    assert str(child.pid) in slots
    watcher.close()
    LedgerStore(path / "store").close()
    reader = LedgerStore(path / "store", writable=False)
    assert str(child.pid) not in reader._env.readers()
    reader.close()


def test_values_are_read_as_they_were(tmp_path: Path) -> None:
    ann = wallet()
    with ledger(tmp_path / "ledger") as node:
        for number in range(1, 11):
            commit(node, [sign(node.chain, ann, anchor_message(number), sequence=number)])
        for height in range(11):
            with node.reader(height) as reader:
                assert accounts.last_sequence(reader, ann.account) == height
        for height in (-1, 11):
            with pytest.raises(HeightUnknown) as caught, node.view(height):
                pass
            assert (caught.value.fields["oldest"], caught.value.fields["newest"]) == (0, 10)


def test_only_so_much_history_is_kept(tmp_path: Path) -> None:
    ann = wallet()
    with ledger(tmp_path / "ledger", keep_blocks=3) as node:
        for number in range(1, 11):
            commit(node, [sign(node.chain, ann, anchor_message(number), sequence=number)])
        for height in range(7, 11):
            with node.reader(height) as reader:
                assert accounts.last_sequence(reader, ann.account) == height
        with pytest.raises(HeightUnknown), node.view(6):
            pass
        with node.view() as view:
            kept = [view.txn.stat(view.tables[t])["entries"] for t in (layout.CHANGED, layout.OLD_VALUES)]
            pages = {key[-8:] for key, _ in view.txn.cursor(db=view.tables[layout.OLD_PAGES])}
    assert kept == [3, 3]
    assert pages == {height_key(height) for height in (8, 9, 10)}


def test_what_was_forgotten_once_is_never_made_up(tmp_path: Path) -> None:
    ann = wallet()
    with ledger(tmp_path / "ledger", keep_blocks=3) as node:
        for number in range(1, 11):
            commit(node, [sign(node.chain, ann, anchor_message(number), sequence=number)])
    with ledger(tmp_path / "ledger", keep_blocks=1_000) as node:
        commit(node, [sign(node.chain, ann, anchor_message(11), sequence=11)])
        with pytest.raises(HeightUnknown) as caught, node.view(6):
            pass
        assert caught.value.fields["oldest"] == 7
        with node.reader(7) as reader:
            assert accounts.last_sequence(reader, ann.account) == 7


def test_a_copy_taken_while_writing_is_a_ledger(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    with ledger(path) as node:
        fill(node, blocks=1)
        node.store.copy(copy / "store")
        head = node.engine.head()
        fill(node, blocks=1)
    shutil.copy(path / "node.key", copy / "node.key")
    with ledger(copy) as node:
        assert node.engine.head() == head
        fill(node, blocks=1)


def test_a_copy_onto_something_is_refused(path: Path) -> None:
    store = LedgerStore(path / "store")
    with pytest.raises(Unavailable):
        store.copy(path / "store")
    store.close()


def test_a_closed_store_says_that_it_is_closed(path: Path) -> None:
    store = LedgerStore(path / "store")
    store.close()
    store.close()
    with pytest.raises(Unavailable), store.view():
        pass
    with pytest.raises(Unavailable), store.writer():
        pass


def test_a_damaged_record_halts_who_reads_it(path: Path) -> None:
    with lmdb.open(str(path / "store"), max_dbs=20) as env, env.begin(write=True) as txn:
        table = env.open_db(layout.VALUES, txn=txn)
        key, record = next(iter(txn.cursor(db=table)))
        txn.put(key, bytes((record[0] ^ 1,)) + record[1:], db=table)
    store = LedgerStore(path / "store")
    with store.view() as view, pytest.raises(Halted):
        view.value_bytes(key)
    store.close()


def test_a_write_that_fails_leaves_nothing(path: Path) -> None:
    store = LedgerStore(path / "store")
    before = store.head()
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(store)
    assert store.head() == before
    with store.view() as view:
        assert view.fact_bytes(b"key") is None
    store.close()


def test_every_position_has_its_block(path: Path) -> None:
    store = LedgerStore(path / "store")
    with store.view() as view:
        head = view.head()
        for height in range(1, head.height + 1):
            result = view.result(height)
            for position in range(result.first, result.log_size):
                assert view.height_of(position) == height
        assert view.height_of(head.log_size) is None
        assert view.height_of(1 << 40) is None
    store.close()


def test_a_reader_sees_one_moment(path: Path) -> None:
    with ledger(path) as node, node.view() as view:
        before = view.head()
        fill(node, blocks=1)
        assert view.head() == before
        assert node.store.head().height > before.height


def _write_and_fail(store: LedgerStore) -> None:
    with store.writer() as writer:
        writer.txn.put(b"key", b"data", db=writer.tables[layout.FACTS])
        raise ZeroDivisionError

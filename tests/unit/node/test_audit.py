from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair
from tests.harness.damage import data_file, data_of, drop, flip, put, stored_records
from tests.harness.ledger import anchor, anchors, commit, fill, ledger, sign, wallet

from muniment.core.block import Block, Receipt, Result, block_codec, receipt_codec, result_codec
from muniment.core.chain import checkpoint
from muniment.core.codec import encode
from muniment.core.note import VerifierKey, sign_note
from muniment.core.trust import Trust
from muniment.node.audit import AuditReport, audit
from muniment.node.divergence import Divergence
from muniment.node.node import create
from muniment.storage import layout
from muniment.storage.errors import FormatUnknown, InUse, NotALedger
from muniment.storage.layout import height_key

BLOCKS = 6


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger with values, facts and history; enough transactions for a full tile."""
    path = tmp_path_factory.mktemp("audit") / "ledger"
    with ledger(path) as node:
        fill(node, blocks=BLOCKS // 2)
        commit(node, anchors(node, wallet(), count=300))
    return path


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.copytree(original, tmp_path / "ledger")
    return tmp_path / "ledger"


def finding(path: Path) -> Divergence:
    """Audit a ledger in which something must be found."""
    report = audit(path)
    assert report.divergence is not None
    assert not report.is_clean
    return report.divergence


def blocks_of(path: Path, height: int) -> Block:
    return block_codec.decode(data_of(path, layout.BLOCKS, height_key(height)))


def results_of(path: Path, height: int) -> Result:
    return result_codec.decode(data_of(path, layout.RESULTS, height_key(height)))


def replace_transaction(path: Path, height: int, index: int, raw: bytes) -> None:
    block = blocks_of(path, height)
    changed = (*block.transactions[:index], raw, *block.transactions[index + 1 :])
    put(path, layout.BLOCKS, height_key(height), encode(msgspec.structs.replace(block, transactions=changed)))


def replace_receipt(path: Path, height: int, index: int, change: Callable[[Receipt], Receipt]) -> None:
    result = results_of(path, height)
    receipts = list(result.receipts)
    receipts[index] = encode(change(receipt_codec.decode(receipts[index])))
    put(path, layout.RESULTS, height_key(height), encode(msgspec.structs.replace(result, receipts=tuple(receipts))))


def test_a_clean_ledger_is_reported_with_its_roots(path: Path) -> None:
    told: list[tuple[int, int]] = []
    report = audit(path, progress=lambda done, of: told.append((done, of)))
    with ledger(path) as node:
        head = node.engine.head()
        assert (report.chain, report.log_key) == (node.chain, node.genesis.log_key)
    assert report.is_clean
    assert (report.height, report.transactions, report.signatures) == (head.height, head.log_size, head.log_size)
    assert report.app_hash == head.app_hash.hex()
    assert (report.state_root, report.log_root) == (head.state_root.hex(), head.log_root.hex())
    assert told == [(height, head.height) for height in range(1, head.height + 1)]


def test_a_new_ledger_is_clean(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger"):
        pass
    report = audit(tmp_path / "ledger")
    assert report.is_clean
    assert (report.height, report.transactions) == (0, 0)


def test_a_pruned_ledger_is_clean(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger", keep_blocks=3) as node:
        fill(node, blocks=4)
    with ledger(tmp_path / "ledger", keep_blocks=1_000) as node:
        fill(node, blocks=2)
    assert audit(tmp_path / "ledger").is_clean


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_number_of_threads_changes_nothing(path: Path, threads: int) -> None:
    report = audit(path, threads=threads)
    assert report.is_clean
    assert report.signatures == report.transactions


def test_an_audit_writes_nothing(path: Path) -> None:
    (path / "store" / "lock.mdb").unlink()
    before = {entry: entry.read_bytes() for entry in path.rglob("*") if entry.is_file()}
    assert audit(path).is_clean
    assert {entry: entry.read_bytes() for entry in path.rglob("*") if entry.is_file()} == before


def test_what_is_no_ledger_is_said_to_be_none(tmp_path: Path, path: Path) -> None:
    for place in (tmp_path / "absent", tmp_path):
        with pytest.raises(NotALedger):
            audit(place)
    put(path, layout.META, b"format", b"2")
    with pytest.raises(FormatUnknown):
        audit(path)


def test_a_ledger_open_in_this_process_is_refused(path: Path) -> None:
    with ledger(path), pytest.raises(InUse):
        audit(path)


@pytest.mark.parametrize("table", [name for name in layout.TABLES], ids=lambda name: name.decode())
def test_one_changed_byte_is_named_to_the_byte(path: Path, table: bytes, dice: random.Random) -> None:
    records = stored_records(path, table)
    for _ in range(3):
        chosen = dice.choice(records)
        at, mask = dice.randrange(chosen.place.start, chosen.place.end), dice.randrange(1, 256)
        flip(path, at, mask)
        found = finding(path)
        assert (found.kind, found.table, found.key) == ("damaged", table.decode(), chosen.key.hex())
        assert found.file_bytes == (at, at + 1)
        assert found.record_bytes == (at - chosen.place.start, at - chosen.place.start + 1)
        flip(path, at, mask)
    assert audit(path).is_clean


def test_a_damaged_transaction_is_named_with_its_record(path: Path) -> None:
    height, index = 3, 5
    result = results_of(path, height)
    raw = blocks_of(path, height).transactions[index]
    at = data_file(path).read_bytes().index(raw) + len(raw) // 2
    flip(path, at, 0x40)
    found = finding(path)
    assert (found.table, found.height, found.transaction) == ("blocks", height, index)
    assert found.transaction_id == receipt_codec.decode(result.receipts[index]).transaction.hex()
    assert found.identity == (result.first + index) << 8
    assert found.concerns == ("records.anchor",)


def test_several_damaged_bytes_of_a_transaction_are_within_its_range(path: Path) -> None:
    height, index = 3, 5
    raw = blocks_of(path, height).transactions[index]
    at = data_file(path).read_bytes().index(raw)
    for offset in (10, 40, 90):
        flip(path, at + offset, 0xFF)
    found = finding(path)
    assert (found.kind, found.height, found.transaction) == ("damaged", height, index)
    assert found.file_bytes is not None
    assert found.file_bytes[0] <= at < at + len(raw) <= found.file_bytes[1]
    assert found.concerns == ("RecordAnchored",)


def test_a_damaged_receipt_is_named_with_its_transaction(path: Path) -> None:
    height, index = 3, 4
    receipt = results_of(path, height).receipts[index]
    at = data_file(path).read_bytes().index(receipt) + 7
    flip(path, at, 1)
    found = finding(path)
    assert (found.table, found.height, found.transaction) == ("results", height, index)
    assert found.file_bytes == (at, at + 1)


def test_a_damaged_fact_is_named_with_its_identity(path: Path) -> None:
    chosen = stored_records(path, layout.FACTS)[7]
    flip(path, chosen.place.end - 1, 1)
    found = finding(path)
    assert found.identity == int.from_bytes(chosen.key[-8:], "big")
    assert found.height is not None
    assert found.transaction is not None


def test_a_rewritten_transaction_fails_its_signature(path: Path) -> None:
    raw = bytearray(blocks_of(path, 3).transactions[2])
    raw[60] ^= 1
    replace_transaction(path, 3, 2, bytes(raw))
    found = finding(path)
    assert (found.kind, found.table, found.height, found.transaction) == ("rewritten", "blocks", 3, 2)
    assert found.record_bytes is not None


def test_another_signed_transaction_in_its_place_is_contradicted(path: Path) -> None:
    result = results_of(path, 3)
    forged = sign(audit(path).chain, wallet("mallory"), anchor(9_999), expires_ms=result.time_ms + 1_000)
    replace_transaction(path, 3, 2, forged)
    found = finding(path)
    assert (found.kind, found.table, found.height, found.transaction) == ("rewritten", "blocks", 3, 2)


def test_a_dropped_transaction_is_contradicted(path: Path) -> None:
    block = blocks_of(path, 3)
    shorter = msgspec.structs.replace(block, transactions=block.transactions[:-1])
    put(path, layout.BLOCKS, height_key(3), encode(shorter))
    found = finding(path)
    assert (found.kind, found.table, found.height) == ("rewritten", "blocks", 3)


def test_a_rewritten_receipt_is_contradicted(path: Path) -> None:
    replace_receipt(path, 3, 4, lambda receipt: msgspec.structs.replace(receipt, code=7))
    found = finding(path)
    assert (found.kind, found.table, found.height, found.transaction) == ("rewritten", "results", 3, 4)


@pytest.mark.parametrize(
    "table", [layout.FACTS, layout.VALUES, layout.PAGES, layout.TILES, layout.OLD_VALUES, layout.IDENTITIES]
)
def test_a_rewritten_record_is_contradicted(path: Path, table: bytes) -> None:
    key = stored_records(path, table)[-1].key
    data = bytearray(data_of(path, table, key))
    data[-1] ^= 1
    put(path, table, key, bytes(data))
    found = finding(path)
    assert (found.kind, found.table, found.key) == ("rewritten", table.decode(), key.hex())
    assert found.record_bytes == (len(data) + 3, len(data) + 4)


@pytest.mark.parametrize("table", layout.TABLES, ids=lambda name: name.decode())
def test_a_record_that_is_missing_is_named(path: Path, table: bytes) -> None:
    key = stored_records(path, table)[-1].key
    if table == layout.META:
        key = b"frontier"
    drop(path, table, key)
    found = finding(path)
    assert (found.kind, found.table) == ("missing", table.decode())


@pytest.mark.parametrize("table", layout.TABLES, ids=lambda name: name.decode())
def test_a_record_too_many_is_named(path: Path, table: bytes) -> None:
    put(path, table, b"\xff" * 9, b"")
    found = finding(path)
    assert found.table in (table.decode(), layout.CHANGED.decode(), layout.OLD_VALUES.decode())
    assert found.kind == "surplus"


def test_a_checkpoint_with_another_signature_is_not_believed(path: Path) -> None:
    public, secret = crypto_sign_seed_keypair(bytes(32))
    chain = audit(path).chain
    head = results_of(path, 4).head
    key = VerifierKey.ed25519(chain, public)
    note = sign_note(checkpoint(head, origin=chain).encode(), [(key, lambda text: crypto_sign(text, secret)[:64])])
    put(path, layout.NOTES, height_key(4), note.encode())
    found = finding(path)
    assert (found.kind, found.table, found.height) == ("rewritten", "notes", 4)


def test_a_changed_genesis_is_found(path: Path) -> None:
    genesis = data_of(path, layout.META, b"genesis")
    put(path, layout.META, b"genesis", genesis.replace(b"harness-", b"forgery-"))
    assert finding(path).kind == "rewritten"


def test_another_ledger_in_its_place_is_found_by_the_trust_anchor(path: Path, tmp_path: Path) -> None:
    with ledger(tmp_path / "other") as node:
        fill(node, blocks=1)
        other = node.trust
    assert audit(path, trust=Trust.decode((path / "trust.json").read_bytes())).is_clean
    report = audit(path, trust=other)
    assert report.divergence is not None
    assert report.divergence.table == "trust.json"


def test_a_store_put_back_to_an_earlier_block_is_found(tmp_path: Path) -> None:
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=1)
    shutil.copytree(tmp_path / "ledger" / "store", tmp_path / "early")
    with ledger(tmp_path / "ledger") as node:
        fill(node, blocks=1)
    shutil.rmtree(tmp_path / "ledger" / "store")
    shutil.copytree(tmp_path / "early", tmp_path / "ledger" / "store")
    assert finding(tmp_path / "ledger").table == "log/checkpoint"


def test_a_head_put_back_is_found(path: Path) -> None:
    shutil.rmtree(path / "log")
    head = audit(path).height
    put(path, layout.META, b"height", height_key(head - 1))
    put(path, layout.META, b"frontier", data_of(path, layout.META, b"frontier"))
    assert finding(path).kind in ("surplus", "rewritten")


def test_a_truncated_file_is_a_damaged_structure(path: Path) -> None:
    content = data_file(path).read_bytes()
    data_file(path).write_bytes(content[: len(content) // 2])
    assert finding(path).kind == "structure"


def test_a_report_travels_as_json(path: Path) -> None:
    chosen = stored_records(path, layout.FACTS)[0]
    flip(path, chosen.place.start, 1)
    report = audit(path)
    assert msgspec.json.decode(msgspec.json.encode(report), type=AuditReport) == report


def test_a_ledger_that_was_made_and_never_opened_is_clean(tmp_path: Path) -> None:
    create(tmp_path / "ledger")
    report = audit(tmp_path / "ledger")
    assert report.is_clean
    assert report.height == -1

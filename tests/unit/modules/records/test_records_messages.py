from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.harness.machine import CHAIN, Harness, actor

from muniment.core.codec import NotDecodable, encode
from muniment.core.keys import encode_account
from muniment.core.transaction import Payload
from muniment.modules.records.errors import (
    RecordFieldOutOfBounds,
    RecordNotOwned,
    RecordNotUsable,
    RecordSuperseded,
    RecordUnknown,
    SourceRepeated,
)
from muniment.modules.records.events import RecordAmended, RecordAnchored, RecordWithdrawn
from muniment.modules.records.messages import AmendRecord, AnchorRecord, WithdrawRecord
from muniment.modules.records.module import module
from muniment.modules.records.queries import is_active, status
from muniment.modules.records.types import MAX_COUNT, MAX_NAME_BYTES, MAX_NOTE_BYTES, MAX_SOURCES

ANN, BOB = actor("ann"), actor("bob")
ROOT, OTHER = b"\x01" * 32, b"\x02" * 32
UNKNOWN = 77 << 8


@pytest.fixture
def ledger() -> Harness:
    return Harness(module())


def anchor(**changed: Any) -> AnchorRecord:
    fields: dict[str, Any] = {"root": ROOT, "rows": 3, "name": "card payments"}
    return AnchorRecord(**{**fields, **changed})


def test_an_anchored_record_is_a_fact_under_the_identity_of_its_message(ledger: Harness) -> None:
    ledger.accept(BOB, anchor())
    outcome = ledger.accept(ANN, anchor(kind="stream"), anchor(root=OTHER, note="the rest"))
    assert outcome.identity == 1 << 8
    assert outcome.returned == (256, 257)
    fact = outcome.events[0]
    assert isinstance(fact, RecordAnchored)
    assert (fact.owner, fact.root, fact.rows, fact.kind, fact.version) == (ANN.id, ROOT, 3, "stream", 1)
    assert fact.time_ms == ledger.time_ms
    view = ledger.query("record", record=257)
    assert (view.status, view.root, view.note, view.first) == ("active", OTHER, "the rest", 257)


def test_anchoring_writes_nothing_into_the_map(ledger: Harness) -> None:
    ledger.accept(ANN, anchor())
    assert ledger.store.values == {}
    assert len(ledger.store.facts) == 1


def test_the_payload_of_a_small_anchor_stays_below_200_bytes() -> None:
    payload = Payload(CHAIN, ANN.id, (anchor(schema=OTHER, row_bytes=1 << 30),), 1 << 41, bytes(16))
    assert len(encode(payload)) < 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("root", ROOT[1:]),
        ("rows", 0),
        ("rows", -1),
        ("rows", MAX_COUNT + 1),
        ("row_bytes", -1),
        ("row_bytes", MAX_COUNT + 1),
        ("schema", b""),
        ("salts", 2),
        ("salts", -1),
        ("name", ""),
        ("name", "x" * (MAX_NAME_BYTES + 1)),
        ("name", "é" * (MAX_NAME_BYTES // 2 + 1)),
        ("name", "two\nlines"),
        ("note", "x" * (MAX_NOTE_BYTES + 1)),
        ("derived_from", tuple(range(MAX_SOURCES + 1))),
    ],
)
def test_a_field_out_of_bounds_is_named(ledger: Harness, field: str, value: Any) -> None:
    assert ledger.reject(RecordFieldOutOfBounds, ANN, anchor(**{field: value})).field == field


def test_an_unknown_kind_is_not_decodable(ledger: Harness) -> None:
    ledger.reject(NotDecodable, ANN, anchor(kind="rumour"))


def test_fields_at_their_bounds_are_taken(ledger: Harness) -> None:
    sources = ledger.accept(ANN, *[anchor()] * MAX_SOURCES).returned
    largest = {"rows": MAX_COUNT, "row_bytes": MAX_COUNT, "name": "x" * MAX_NAME_BYTES, "note": "y" * MAX_NOTE_BYTES}
    ledger.accept(ANN, anchor(**largest, salts=0, schema=OTHER, derived_from=sources))


def test_a_source_must_exist_and_be_named_once(ledger: Harness) -> None:
    (source,) = ledger.accept(ANN, anchor()).returned
    assert ledger.reject(RecordUnknown, BOB, anchor(derived_from=(source, UNKNOWN))).record == UNKNOWN
    assert ledger.reject(SourceRepeated, BOB, anchor(derived_from=(source, source))).record == source
    for wrong in (-1, 1 << 63, (1 << 64) - 1):
        ledger.reject(RecordUnknown, BOB, anchor(derived_from=(wrong,)))
    ledger.accept(BOB, anchor(derived_from=(source,)))


def test_a_record_may_derive_from_a_superseded_one_but_not_from_a_withdrawn_one(ledger: Harness) -> None:
    first, gone = ledger.accept(ANN, anchor(), anchor()).returned
    ledger.accept(ANN, AmendRecord(first, OTHER, 4, "one row was missing"), WithdrawRecord(gone, "no consent"))
    ledger.accept(BOB, anchor(derived_from=(first,)))
    found = ledger.reject(RecordNotUsable, BOB, anchor(derived_from=(first, gone)))
    assert (found.record, found.reason) == (gone, "no consent")


def test_an_amendment_supersedes_and_says_why(ledger: Harness) -> None:
    (first,) = ledger.accept(ANN, anchor(kind="document")).returned
    outcome = ledger.accept(ANN, AmendRecord(first, OTHER, 4, "one row was missing"))
    (second,) = outcome.returned
    assert outcome.events[1] == RecordAmended(first, second, "one row was missing")
    old, new = ledger.query("record", record=first), ledger.query("record", record=second)
    assert (old.status, old.superseded_by, old.reason, old.root) == ("superseded", second, "one row was missing", ROOT)
    assert (new.status, new.supersedes, new.version, new.kind, new.name) == ("active", first, 2, "document", old.name)
    assert (new.rows, new.first) == (4, first)


def test_only_the_latest_version_is_amended_and_the_error_names_it(ledger: Harness) -> None:
    (first,) = ledger.accept(ANN, anchor()).returned
    (second,) = ledger.accept(ANN, AmendRecord(first, OTHER, 4, "b")).returned
    (third,) = ledger.accept(ANN, AmendRecord(second, ROOT, 5, "c")).returned
    for old in (first, second):
        assert ledger.reject(RecordSuperseded, ANN, AmendRecord(old, ROOT, 1, "d")).latest == third
        assert ledger.reject(RecordSuperseded, ANN, WithdrawRecord(old, "d")).latest == third
    assert [view.record for view in ledger.query("history", record=second)] == [third, second, first]


def test_amending_twice_in_one_transaction_is_refused_as_a_whole(ledger: Harness) -> None:
    (first,) = ledger.accept(ANN, anchor()).returned
    twice = AmendRecord(first, OTHER, 4, "b")
    ledger.reject(RecordSuperseded, ANN, twice, twice)
    assert ledger.query("record", record=first).status == "active"


def test_a_withdrawn_record_stays_readable_and_is_final(ledger: Harness) -> None:
    (record,) = ledger.accept(ANN, anchor()).returned
    outcome = ledger.accept(ANN, WithdrawRecord(record, "collected without consent"))
    assert outcome.events == (RecordWithdrawn(record, "collected without consent"),)
    view = ledger.query("record", record=record)
    assert (view.status, view.superseded_by, view.root) == ("withdrawn", None, ROOT)
    ledger.reject(RecordNotUsable, ANN, WithdrawRecord(record, "again"))
    ledger.reject(RecordNotUsable, ANN, AmendRecord(record, OTHER, 1, "late"))


def test_only_the_owner_changes_a_record(ledger: Harness) -> None:
    (record,) = ledger.accept(ANN, anchor()).returned
    assert ledger.reject(RecordNotOwned, BOB, WithdrawRecord(record, "mine")).owner == encode_account(ANN.id)
    ledger.reject(RecordNotOwned, BOB, AmendRecord(record, OTHER, 1, "mine"))


@pytest.mark.parametrize("record", [UNKNOWN, -1, 1 << 63])
def test_an_unknown_record_is_not_changed(ledger: Harness, record: int) -> None:
    ledger.reject(RecordUnknown, ANN, WithdrawRecord(record, "why"))
    ledger.reject(RecordUnknown, ANN, AmendRecord(record, OTHER, 1, "why"))
    for query in ("record", "history", "lineage"):
        with pytest.raises(RecordUnknown):
            ledger.query(query, record=record)
    assert status(ledger.reader, record) is None


@pytest.mark.parametrize("reason", ["", "x" * (MAX_NOTE_BYTES + 1), "\x00"])
def test_a_change_needs_a_reason(ledger: Harness, reason: str) -> None:
    (record,) = ledger.accept(ANN, anchor()).returned
    assert ledger.reject(RecordFieldOutOfBounds, ANN, WithdrawRecord(record, reason)).field == "reason"
    assert ledger.reject(RecordFieldOutOfBounds, ANN, AmendRecord(record, OTHER, 1, reason)).field == "reason"


def test_lineage_gives_every_ancestor_once_nearest_first(ledger: Harness) -> None:
    (a, b) = ledger.accept(ANN, anchor(name="a"), anchor(name="b")).returned
    (c,) = ledger.accept(ANN, anchor(name="c", derived_from=(b, a))).returned
    (d,) = ledger.accept(ANN, anchor(name="d", derived_from=(a, c))).returned
    ledger.accept(ANN, WithdrawRecord(b, "why"))
    found = ledger.query("lineage", record=d)
    shown = [(ancestor.name, ancestor.depth, ancestor.status) for ancestor in found.ancestors]
    assert shown == [("a", 1, "active"), ("c", 1, "active"), ("b", 2, "withdrawn")]
    assert found.complete


def test_lineage_says_when_it_stops_early(ledger: Harness) -> None:
    (last,) = ledger.accept(ANN, anchor()).returned
    for _ in range(3):
        (last,) = ledger.accept(ANN, anchor(derived_from=(last,))).returned
    assert not ledger.query("lineage", record=last, depth=2).complete
    assert ledger.query("lineage", record=last, depth=3).complete
    with pytest.raises(RecordFieldOutOfBounds):
        ledger.query("lineage", record=last, depth=0)


def test_lineage_is_bounded_in_number(ledger: Harness) -> None:
    groups = [ledger.accept(ANN, *[anchor()] * MAX_SOURCES).returned for _ in range(17)]
    middle = [ledger.accept(ANN, anchor(derived_from=group)).returned[0] for group in groups]
    (last,) = ledger.accept(ANN, anchor(derived_from=tuple(middle))).returned
    found = ledger.query("lineage", record=last)
    assert len(found.ancestors) == 1_000
    assert not found.complete


def test_ports_answer_for_other_modules(ledger: Harness) -> None:
    first, gone = ledger.accept(ANN, anchor(), anchor()).returned
    (second,) = ledger.accept(ANN, AmendRecord(first, OTHER, 4, "b"), WithdrawRecord(gone, "c")).returned
    assert [status(ledger.reader, record) for record in (first, gone, second)] == ["superseded", "withdrawn", "active"]
    assert [is_active(ledger.reader, record) for record in (first, gone, second, UNKNOWN)] == [
        False,
        False,
        True,
        False,
    ]


def test_messages_leave_no_trace_when_a_later_one_is_rejected(ledger: Harness) -> None:
    (record,) = ledger.accept(ANN, anchor()).returned
    for message in (anchor(), AmendRecord(record, OTHER, 1, "why"), WithdrawRecord(record, "why")):
        ledger.leaves_no_trace(ANN, message)


def test_a_view_becomes_json(ledger: Harness) -> None:
    (record,) = ledger.accept(ANN, anchor()).returned
    assert b'"status":"active"' in msgspec.json.encode(ledger.query("record", record=record))

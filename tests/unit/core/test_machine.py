"""The machine: all or nothing, duplicates, preparing, failures nobody foresaw."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from muniment.core.block import NO_EFFECTS, encode_effects, receipt_codec
from muniment.core.codec import Named, Wire, encode
from muniment.core.errors import Halted, Rejected
from muniment.core.machine import Executed, Machine, Moment, Unforeseen
from muniment.core.module import Context, Module, Slot
from muniment.core.state import Bottom, Facts, Overlay, Reader, Table
from muniment.core.transaction import Duplicate, Expired, Payload, Transaction, Window, encode_envelope, encode_payload


class Add(Wire, frozen=True, tag="sum.add"):
    number: int


class Say(Wire, frozen=True, tag="sum.say"):
    what: str


class Added(Named, frozen=True):
    total: int


class Said(Named, frozen=True):
    what: str


class Total(Wire, frozen=True):
    number: int


class TooMuch(Rejected, code=9_001):
    """The sum passes a hundred."""

    total: int
    text = "{total} is too much"


TOTAL: Table[Total] = Table(b"Xt", Total)
SAID: Facts[Said] = Facts(b"Xf", Said)


def add(ctx: Context, msg: Add) -> int:
    found = TOTAL.get(ctx.store)
    total = (found.number if found else 0) + msg.number
    TOTAL.put(ctx.store, b"", Total(total))
    ctx.emit(Added(total))
    if total > 100:
        raise TooMuch(total=total)
    return total


def say(ctx: Context, msg: Say) -> None:
    if msg.what == "crash":
        raise ZeroDivisionError
    if msg.what == "halt":
        raise Halted("broken", recover="mend it")
    if msg.what == "prepared":
        ctx.emit(Said(str(ctx.prepared)))
        return
    ctx.keep(SAID, Said(msg.what))


def prepare(_: Reader, slots: Sequence[Slot]) -> Mapping[tuple[bytes, int], Any]:
    if any(slot.content.what == "spoil" for slot in slots):
        raise ValueError
    return {slot[:2]: len(slots) for slot in slots}


MODULE = Module(
    name="sum",
    handlers={Add: add, Say: say},
    events=(Added, Said),
    errors=(TooMuch,),
    prepare=prepare,
    prepares=(Say,),
    authorize=lambda *_: None,
)
NOW = 1_000_000


class Empty:
    def value_bytes(self, key: bytes) -> bytes | None:
        return None

    def fact_bytes(self, key: bytes) -> bytes | None:
        return None


MACHINE = Machine([MODULE])
CODEC = MACHINE.codec("here")
READER = Bottom(Empty())


def transaction(*messages: Wire, nonce: int = 0, expires_ms: int = NOW + 1_000) -> Transaction:
    payload = encode_payload(Payload("here", bytes(32), messages, expires_ms, nonce.to_bytes(4, "big")))
    return CODEC.decode(encode_envelope(payload, suite=1, key=bytes(32), signature=bytes(64)))


def execute(*transactions: Transaction, window: Window | None = None, keep_rejected: bool = False) -> Executed:
    return MACHINE.execute(
        READER,
        transactions,
        moment=Moment(7, NOW, 40),
        window=window or Window(),
        keep_rejected=keep_rejected,
    )


def test_a_receipt_says_what_happened_where_and_when() -> None:
    one = transaction(Add(5))
    executed = execute(one)
    receipt = receipt_codec.decode(executed.receipts[0])
    assert (receipt.transaction, receipt.height, receipt.time_ms, receipt.code) == (one.id, 7, NOW, 0)
    assert receipt.data == encode([5])
    assert receipt.effects == sha256(executed.effects[0]).digest()
    assert msgspec.msgpack.decode(executed.effects[0]) == [[0, {"type": "Added", "total": 5}]]


def test_messages_of_a_transaction_see_each_other_and_are_all_or_nothing() -> None:
    executed = execute(
        transaction(Add(60), Add(30)), transaction(Add(5), Add(60), nonce=1), transaction(Add(1), nonce=2)
    )
    assert [type(verdict) for verdict in executed.verdicts] == [type(None), TooMuch, type(None)]
    assert TOTAL.get(executed.overlay) == Total(91)


def test_what_is_rejected_leaves_no_trace_though_it_wrote_first() -> None:
    with_it = execute(transaction(Add(60)), transaction(Say("x"), Add(60), nonce=1), transaction(Say("y"), nonce=2))
    without = execute(transaction(Add(60)), transaction(Say("y"), nonce=2))
    assert with_it.receipts == without.receipts
    assert with_it.effects == without.effects
    assert with_it.overlay.values == without.overlay.values
    assert with_it.overlay.facts == without.overlay.facts


def test_an_engine_that_cannot_drop_gets_receipts_for_the_rejected() -> None:
    executed = execute(transaction(Add(101)), transaction(Add(1), nonce=1), keep_rejected=True)
    codes = [receipt_codec.decode(receipt).code for receipt in executed.receipts]
    assert codes == [TooMuch.code, 0]
    assert executed.effects[0] == NO_EFFECTS
    assert TOTAL.get(executed.overlay) == Total(1)


def test_a_duplicate_is_refused_in_the_block_and_later() -> None:
    one = transaction(Add(1))
    window = Window()
    window.add(one.id, one.payload.expires_ms)
    assert [type(v) for v in execute(one, one).verdicts] == [type(None), Duplicate]
    assert [type(v) for v in execute(one, window=window).verdicts] == [Duplicate]


def test_a_rejected_transaction_may_be_tried_again() -> None:
    one = transaction(Add(101))
    executed = execute(one, one)
    assert [type(v) for v in executed.verdicts] == [TooMuch, TooMuch]


def test_an_expired_transaction_is_refused() -> None:
    assert isinstance(execute(transaction(Add(1), expires_ms=NOW)).verdicts[0], Expired)


def test_an_unforeseen_failure_costs_its_transaction_only(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL, logger="muniment"):
        executed = execute(transaction(Add(1), Say("crash")), transaction(Add(2), nonce=1))
    assert isinstance(executed.verdicts[0], Unforeseen)
    assert TOTAL.get(executed.overlay) == Total(2)


def test_a_halt_is_not_swallowed() -> None:
    with pytest.raises(Halted):
        execute(transaction(Say("halt")))


def test_facts_are_kept_under_the_identity_of_their_message() -> None:
    executed = execute(transaction(Add(1)), transaction(Add(1), Say("b"), nonce=1))
    assert SAID.get(executed.overlay, (41 << 8) | 1) == Said("b")
    assert SAID.get(executed.overlay, 41 << 8) is None


def test_effects_name_the_message_they_come_from() -> None:
    executed = execute(transaction(Add(1), Say("b")))
    assert [index for index, _ in msgspec.msgpack.decode(executed.effects[0])] == [0, 1]


def test_a_handler_gets_what_was_prepared_for_its_message() -> None:
    executed = execute(transaction(Say("prepared")), transaction(Add(1), Say("prepared"), nonce=1))
    said = [msgspec.msgpack.decode(effects)[-1][1]["what"] for effects in executed.effects]
    assert said == ["2", "2"]


def test_preparing_that_fails_only_costs_the_head_start(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL, logger="muniment"):
        executed = execute(transaction(Say("prepared")), transaction(Say("spoil"), nonce=1))
    assert executed.verdicts == [None, None]
    assert msgspec.msgpack.decode(executed.effects[0])[0][1]["what"] == "None"


@pytest.mark.parametrize("count", [0, 1, 15, 16, 70_000])
def test_effects_are_one_canonical_array(count: int) -> None:
    assert encode_effects([encode(7)] * count) == encode([7] * count)


def test_exactly_one_module_authorises() -> None:
    with pytest.raises(TypeError):
        Machine([])
    with pytest.raises(TypeError):
        Machine([MODULE, MODULE])


def test_an_unregistered_writer_cannot_reach_below_an_overlay() -> None:
    block = Overlay(READER)
    above = Overlay(block)
    TOTAL.put(above, b"", Total(1))
    assert TOTAL.get(block) is None

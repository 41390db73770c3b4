"""What people see: aligned, never cut, and harmless whatever is in it."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.cli.screen import Screen, moment, place, printable, size, write_document


def screen() -> tuple[Screen, io.StringIO]:
    stream = io.StringIO()
    return Screen(stream), stream


@given(st.text())
def test_nothing_that_is_shown_can_steer_a_terminal(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert not text.isprintable() or shown == text


def test_escape_sequences_and_markup_are_shown_as_they_are() -> None:
    it, stream = screen()
    it.pairs([("name", "a\x1b[31mb\rc"), ("markup", "[bold]x[/bold] :smile:")])
    it.table(("one",), [("\x07bell",)])
    it.bars([("\x1bx", 3, "+3")])
    assert "\x1b" not in stream.getvalue()
    assert "a\\x1b[31mb\\rc" in stream.getvalue()
    assert "[bold]x[/bold] :smile:" in stream.getvalue()


def test_long_values_are_never_cut() -> None:
    it, stream = screen()
    it.pairs([("hash", "f" * 500)])
    it.table(("hash",), [("e" * 500,)])
    assert "f" * 500 in stream.getvalue()
    assert "e" * 500 in stream.getvalue()


def test_a_row_without_a_value_is_left_out() -> None:
    it, stream = screen()
    it.pairs([("here", 0), ("absent", None)])
    assert "here" in stream.getvalue()
    assert "absent" not in stream.getvalue()


def test_columns_are_aligned() -> None:
    it, stream = screen()
    it.table(("a", "b"), [("long one", "x"), ("y", "z")])
    lines = stream.getvalue().splitlines()
    assert len({line.rstrip()[-1:] and line.index(end) for line, end in zip(lines, "bxz", strict=True)}) == 1


def test_the_longest_bar_belongs_to_the_greatest_amount() -> None:
    it, stream = screen()
    it.bars([("up", 400, "+4.00"), ("down", -200, "-2.00"), ("none", 0, "0.00")])
    lengths = [max(line.count("█"), line.count("#")) for line in stream.getvalue().splitlines()]
    assert lengths == [24, 12, 0]


def test_documents_hold_bytes_as_hex_and_numbers_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    write_document({"root": b"\x01\xff", "score": 2**60, "price": Decimal("1.50"), "rows": (1, None)})
    assert json.loads(capsys.readouterr().out) == {"root": "01ff", "score": 2**60, "price": "1.50", "rows": [1, None]}


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1 << 20, "1.0 MiB"), (1 << 50, "1024.0 TiB")],
)
def test_sizes_have_a_unit_that_suits_them(count: int, text: str) -> None:
    assert size(count) == text


def test_a_time_beyond_the_calendar_is_shown_all_the_same() -> None:
    assert moment(1 << 62) == f"{1 << 62} ms"
    assert moment(0) == "1970-01-01 00:00:00 UTC"


def test_numbers_of_things_name_the_message_only_if_there_were_several() -> None:
    assert (place(7 << 8), place(7 << 8 | 3)) == ("7", "7.3")

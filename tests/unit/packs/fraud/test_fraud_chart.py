"""The bar chart of an explanation."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from muniment.exact import Card, Explanation, Feature, ScoreType
from muniment.packs.fraud.chart import WIDTH, bar, columns, explanation_chart, is_ascii_only

CARD = Card(
    id=bytes(32),
    features=(
        Feature("Amount", unit="EUR", decimals=2, maximum=10_000),
        Feature("V1", decimals=1, minimum=-99, maximum=99),
        Feature("V2", decimals=1, minimum=-99, maximum=99, nullable=True),
    ),
    score=ScoreType("fraud", "probability", 3, 0, 1000, "probability"),
    kind="trees",
    trees=1,
    nodes=3,
    depth=1,
    size_bytes=100,
)
WHY = Explanation(base=100, contributions=(("Amount", 400), ("V1", -100), ("V2", 3)))


def test_rows_stand_by_size_with_values_and_units() -> None:
    lines = [line.plain.split() for line in explanation_chart(WHY, CARD, {"Amount": 1999, "V1": -15, "V2": None})]
    assert lines[0] == ["base", "0.100"]
    assert lines[1][:4] == ["Amount", "19.99", "EUR", "+0.400"]
    assert lines[2][:3] == ["V1", "-1.5", "-0.100"]
    assert lines[3][:3] == ["V2", "missing", "+0.003"]
    assert lines[-1] == ["score", "0.403"]


def test_what_is_not_shown_is_summed_up() -> None:
    lines = [line.plain.split() for line in explanation_chart(WHY, CARD, {"Amount": 1999, "V1": 0, "V2": 0}, shown=1)]
    assert lines[2] == ["2", "others", "-0.097"]


@pytest.mark.parametrize(("part", "cells"), [(1000, WIDTH), (-1000, WIDTH), (500, WIDTH // 2), (1, 1), (0, 0)])
def test_bars_are_in_proportion_and_what_is_not_zero_shows(part: int, cells: int) -> None:
    assert len(bar(part, 1000).plain) == cells


def test_consoles_without_blocks_get_plain_marks() -> None:
    assert set(bar(5, 5, ascii_only=True).plain) == {"#"}
    plain = Console(file=io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert is_ascii_only(plain)
    assert not is_ascii_only(Console(file=io.TextIOWrapper(io.BytesIO(), encoding="utf-8")))


def test_columns_are_aligned_without_trailing_blanks() -> None:
    lines = [line.plain for line in columns([("a", "10"), ("bcd", "2"), ("e",)], right=(1,))]
    assert lines == ["   a    10", "   bcd   2", "   e"]

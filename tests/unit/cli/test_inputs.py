"""Rows from the command line are what was typed, whatever libraries are installed."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment import exact
from muniment.cli.errors import DataMalformed, OptionMalformed
from muniment.cli.inputs import many_rows, one_row
from muniment.cli.options import pairs
from muniment.exact.card import Card, Feature, ScoreType

CARD = Card(
    id=bytes(32),
    features=(
        Feature("amount", decimals=2, maximum=100_000, nullable=True),
        Feature("country", maximum=1, categories=("AT", "NA")),
    ),
    score=ScoreType("x", "", 0, 0, 1, "identity"),
    kind="linear",
    trees=0,
    nodes=2,
    depth=1,
    size_bytes=1,
)


def quantized(path: Path, *, drop: tuple[str, ...] = ()) -> list[list[int]]:
    table, faults = exact.quantize_many(CARD, many_rows(path, CARD, drop=drop))
    assert not faults
    rows: list[list[int]] = table.tolist()
    return rows


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_number_stands_for_what_was_typed() -> None:
    assert one_row('{"amount": 19.995}') == {"amount": Decimal("19.995")}


@given(st.decimals(min_value=0, max_value=999, places=2))
def test_a_row_and_a_file_give_the_same_integers(tmp_path_factory: pytest.TempPathFactory, amount: Decimal) -> None:
    path = written(tmp_path_factory.mktemp("rows"), "rows.csv", f"amount,country\n{amount},AT\n")
    (row,) = quantized(path)
    assert tuple(row) == exact.quantize(CARD, one_row(f'{{"amount": {amount}, "country": "AT"}}'))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"a": }'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(OptionMalformed):
        one_row(text)


def test_columns_come_in_any_order_with_marks_of_missing(tmp_path: Path) -> None:
    text = "\ufeffcountry,note,amount\nAT,x,\nAT,x,NaN\nAT,x,1.5\n"
    path = written(tmp_path, "rows.csv", text)
    assert quantized(path, drop=("note",)) == [[exact.MISSING, 0], [exact.MISSING, 0], [150, 0]]


def test_a_label_that_looks_like_nothing_is_a_label(tmp_path: Path) -> None:
    assert quantized(written(tmp_path, "rows.csv", "amount,country\nNA,NA\n")) == [[exact.MISSING, 1]]


def test_no_pandas_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert quantized(written(tmp_path, "rows.csv", "amount,country\n2,AT\n")) == [[200, 0]]
    assert quantized(written(tmp_path, "rows.jsonl", '{"amount": 2, "country": "AT"}\n\n')) == [[200, 0]]


def test_a_cell_that_is_no_number_is_left_for_the_model_to_refuse(tmp_path: Path) -> None:
    columns = many_rows(written(tmp_path, "rows.csv", "amount,country\n2,AT\ntwo,AT\n"), CARD)
    _, faults = exact.quantize_many(CARD, columns)
    assert [(row, type(fault).__name__) for row, fault in faults] == [(1, "ValueWrongType")]


def test_numbers_become_an_array_of_floats(tmp_path: Path) -> None:
    columns = many_rows(written(tmp_path, "rows.csv", "amount,country\n2,AT\n3.25,AT\n"), CARD)
    assert columns["amount"].dtype == np.float64


@pytest.mark.parametrize("text", ["", "a,a\n1,2\n", "a,b\n1\n", "a,b\n", '"a\n'])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataMalformed):
        many_rows(written(tmp_path, "rows.csv", text), CARD)


def test_pairs_keep_their_order() -> None:
    found = pairs("--outcome", ["b = 2", "a=1=1"], expected="NAME=VALUE")
    assert list(found.items()) == [("b", "2"), ("a", "1=1")]


@pytest.mark.parametrize("given", [["a"], ["=1"], ["a=1", "a=2"]])
def test_pairs_that_are_none_are_refused(given: list[str]) -> None:
    with pytest.raises(OptionMalformed):
        pairs("--outcome", given, expected="NAME=VALUE")

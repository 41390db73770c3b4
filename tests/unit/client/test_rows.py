from __future__ import annotations

import math
from collections import namedtuple
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment import exact
from muniment.client.rows import FrameUnreadable, RowUnreadable, inputs_of, read_row, table_of
from muniment.core.errors import Rejected

CARD = exact.Card(
    id=bytes(32),
    features=(
        exact.Feature("a", decimals=1, maximum=100),
        exact.Feature("b", minimum=-5, maximum=5, nullable=True),
    ),
    score=exact.ScoreType("s", "", 0, 0, 1, "identity"),
    kind="linear",
    trees=0,
    nodes=2,
    depth=1,
    size_bytes=1,
)
Named = namedtuple("Named", ["b", "a"])


@dataclass
class Payment:
    b: int
    a: float


NAMED: list[Any] = [
    {"b": 2, "a": 1.5},
    MappingProxyType({"b": 2, "a": 1.5}),
    Named(2, 1.5),
    Payment(2, 1.5),
    pd.Series({"b": 2, "a": 1.5}),
    np.array([(2, 1.5)], dtype=[("b", "i4"), ("a", "f8")])[0],
]
IN_ORDER: list[Any] = [
    [1.5, 2],
    (1.5, 2),
    np.array([1.5, 2.0]),
    pd.Series([1.5, 2.0]),
    pd.Series([1.5, 2], index=[7, 8]),
]


@pytest.mark.parametrize("row", NAMED + IN_ORDER)
def test_names_decide_where_there_are_names(row: Any) -> None:
    assert inputs_of(CARD, row) == (15, 2)


@pytest.mark.parametrize("row", [None, 3, 1.5, "a=1", b"ab", {1, 2}, object(), Payment, pd.DataFrame({"a": [1]})])
def test_what_is_no_row_is_refused(row: Any) -> None:
    with pytest.raises(RowUnreadable):
        read_row(row)


@pytest.mark.parametrize("frame", [None, 3, "a", b"a", pd.Series([1]), {"a": 1.0, "b": 2}, {"a": [1], "b": [1, 2]}])
def test_what_is_no_table_is_refused(frame: Any) -> None:
    with pytest.raises(FrameUnreadable):
        table_of(CARD, frame)


cells: st.SearchStrategy[Any] = st.one_of(
    st.integers(-200, 200),
    st.floats(-20, 20),
    st.sampled_from([None, math.nan, math.inf, "1", True, 10**30, b"", [], {}]),
)


@given(st.lists(st.tuples(cells, cells), max_size=8))
def test_many_rows_are_read_as_each_alone(rows: list[tuple[Any, Any]]) -> None:
    table, faults = table_of(CARD, ({"b": b, "a": a} for a, b in rows))
    assert len(table) == len(rows)
    for number, (a, b) in enumerate(rows):
        together = faults.get(number, table[number].tolist())
        alone = _alone(Payment(b, a))
        assert alone == (type(together) if isinstance(together, Exception) else together)


def _alone(row: Payment) -> type[Rejected] | list[int]:
    try:
        return [exact.MISSING if value is None else value for value in inputs_of(CARD, row)]
    except Rejected as fault:
        return type(fault)

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from muniment.client.dataset import Dataset
from muniment.client.dataset_errors import (
    ColumnNotSupported,
    ColumnsDiffer,
    DatasetEmpty,
    SourceNotSupported,
    ValueNotSupported,
)
from muniment.core.rows import Column, decode_row

SECRET = bytes(32)
TIMES = pd.Series([pd.Timestamp("2024-01-01 00:00:00.123456789"), pd.NaT, pd.Timestamp("1969-12-31")])
FRAME = pd.DataFrame(
    {
        "amount": [1.5, np.nan, np.inf],
        "small": np.array([0.1, 2.0, 3.0], dtype=np.float32),
        "count": pd.array([1, None, 3], dtype="Int64"),
        "name": ["a", None, "é"],
        "flag": pd.array([True, None, False], dtype="boolean"),
        "wall": TIMES,
        "moment": TIMES.dt.tz_localize("Europe/Berlin"),
        "day": [dt.date(2024, 1, 1), None, dt.date(2024, 1, 2)],
    }
)
KINDS = ["float", "float", "int", "str", "bool", "datetime", "instant", "date"]
FIRST_ROW = (1.5, float(np.float32(0.1)), 1, "a", True, 1704067200123456789, 1704063600123456789, "2024-01-01")


def rows_of(source: Any) -> list[tuple[Any, ...]]:
    dataset = Dataset.of(source, secret=SECRET)
    return [decode_row(dataset.prove_row(index).row) for index in range(dataset.rows)]


def test_a_frame_has_the_rows_of_the_specification() -> None:
    dataset = Dataset.of(FRAME, secret=SECRET)
    assert dataset.columns == tuple(Column(name, kind) for name, kind in zip(FRAME.columns, KINDS, strict=True))  # type: ignore[arg-type]
    rows = rows_of(FRAME)
    assert rows[0] == FIRST_ROW
    assert rows[1] == (None, 2.0, None, None, None, None, None, None)
    assert rows[2] == (float("inf"), 3.0, 3, "é", False, -86400 * 10**9, -90000 * 10**9, "2024-01-02")


@pytest.mark.parametrize(
    "convert",
    [
        pa.Table.from_pandas,
        lambda frame: pa.Table.from_pandas(frame).to_batches()[0],
        lambda frame: pa.Table.from_pandas(frame).to_reader(2),
        lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
        lambda frame: frame.to_dict("records"),
        lambda frame: iter(frame.to_dict("records")),
        lambda frame: frame.astype({"name": "category"}),
        lambda frame: frame.astype({"name": object}),
        lambda frame: frame.set_index(pd.Index([7, 7, 9])),
    ],
    ids=["arrow", "batch", "stream", "pandas-arrow", "dicts", "iterator", "category", "object", "index"],
)
def test_the_same_table_has_the_same_root_however_it_is_given(convert: Any) -> None:
    frame, converted = Dataset.of(FRAME, secret=SECRET), Dataset.of(convert(FRAME), secret=SECRET)
    assert converted.columns == frame.columns
    assert converted.schema_digest == frame.schema_digest
    assert converted.root == frame.root


def test_arrow_types_become_the_kinds_of_the_specification() -> None:
    table = pa.table(
        {
            "coded": pa.array(["a", "b"]).dictionary_encode(),
            "moment": pa.array([1, None], pa.timestamp("s", "UTC")),
            "wall": pa.array([1, 2], pa.timestamp("ms")),
            "half": pa.array([1.5, None], pa.float16()),
            "bytes": pa.array([b"x", b""], pa.large_binary()),
            "nothing": pa.array([None, None]),
            "unsigned": pa.array([2**64 - 1, 0], pa.uint64()),
        }
    )
    dataset = Dataset.of(table, secret=SECRET)
    assert dataset.columns is not None
    assert [column.kind for column in dataset.columns] == [
        "str",
        "instant",
        "datetime",
        "float",
        "bytes",
        "null",
        "int",
    ]
    assert rows_of(table)[0] == ("a", 10**9, 10**6, 1.5, b"x", None, 2**64 - 1)


def test_dicts_may_order_their_keys_as_they_like() -> None:
    assert rows_of([{"a": 1, "b": 2}, {"b": 4, "a": 3}]) == [(1, 2), (3, 4)]


def test_numpy_scalars_and_nan_in_dicts_are_plain_values() -> None:
    rows: list[dict[str, Any]] = [
        {"a": np.int8(3), "b": np.float32(0.5), "c": np.True_, "d": np.str_("x"), "e": pd.NA},
        {"a": 4, "b": float("nan"), "c": None, "d": "y", "e": 1},
    ]
    assert rows_of(rows) == [(3, 0.5, True, "x", None), (4, None, None, "y", 1)]


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ([{"a": 1}, {"a": 1.5}], 1),
        ([{"a": True}, {"a": 1}], 1),
        ([{"a": None}, {"a": "x"}, {"a": b"x"}], 2),
        ([{"a": 2**64}], 0),
        ([{"a": -(2**63) - 1}], 0),
        ([{"a": "\ud800"}], 0),
        ([{"a": Decimal(1)}], 0),
        ([{"a": [1]}], 0),
        ([{"a": 1j}], 0),
        ([{"a": np.datetime64("2024")}], 0),
        ([{"a": np.longdouble(1)}], 0),
        ([{"a": dt.datetime(3000, 1, 1)}], 0),  # noqa: DTZ001
        ([{"a": dt.timedelta(1)}], 0),
        (pd.DataFrame({"a": [1, "x"]}), 1),
        (pd.DataFrame({"a": [Decimal(1)]}), 0),
        (pd.DataFrame({"a": pd.period_range("2024", periods=2, freq="D")}), 0),
    ],
)
def test_a_value_without_one_byte_form_is_named(rows: Any, row: int) -> None:
    with pytest.raises(ValueNotSupported) as caught:
        Dataset.of(rows)
    assert (caught.value.row, caught.value.column) == (row, "a")


@pytest.mark.parametrize(
    ("rows", "missing", "unknown"),
    [
        ([{"a": 1}, {"b": 1}], ("a",), ("b",)),
        ([{"a": 1}, {"a": 1, "b": 2}], (), ("b",)),
        ([{"a": 1, "b": 2}, {"a": 1}], ("b",), ()),
    ],
)
def test_a_row_with_other_columns_is_named(rows: Any, missing: tuple[str, ...], unknown: tuple[str, ...]) -> None:
    with pytest.raises(ColumnsDiffer) as caught:
        Dataset.of(rows)
    assert caught.value.fields == {"row": 1, "missing": missing, "unknown": unknown}


@pytest.mark.parametrize(
    "source",
    [
        pd.DataFrame({"a": pd.to_timedelta([1])}),
        pd.DataFrame({"a": [1j]}),
        pd.DataFrame({"a": pd.array(["3000-01-01"], dtype="datetime64[s]")}),
        pd.DataFrame({1: [1]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame(index=[1, 2]),
        pa.table({"a": pa.array([Decimal("1.1")])}),
        pa.table({"a": pa.array([[1]])}),
        pa.table({"a": pa.array([2**60], pa.timestamp("s"))}),
        [{}],
        [{1: 1}],
    ],
)
def test_a_column_without_one_byte_form_is_refused(source: Any) -> None:
    with pytest.raises(ColumnNotSupported):
        Dataset.of(source)


@pytest.mark.parametrize("source", [FRAME["amount"], FRAME["amount"].to_numpy(), pa.chunked_array([[1]])])
def test_a_single_column_is_no_table(source: Any) -> None:
    with pytest.raises(SourceNotSupported):
        Dataset.of(source)


def test_a_table_without_rows_is_empty() -> None:
    for source in (FRAME.iloc[:0], pa.table({"a": pa.array([], pa.int64())})):
        with pytest.raises(DatasetEmpty):
            Dataset.of(source)

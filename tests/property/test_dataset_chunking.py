"""The root of a data set depends on rows and secret alone, never on how the rows arrive or are cut into chunks."""

from __future__ import annotations

from hashlib import sha256
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.client import dataset as dataset_file
from muniment.client import dataset_sources, row_sources
from muniment.client.dataset import Dataset
from muniment.client.salts import Salts
from muniment.core.rows import verify_row

many_rows = st.lists(st.binary(max_size=8), min_size=1, max_size=70)
secrets = st.binary(min_size=32, max_size=32)
chunk_sizes = st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128])
values = st.fixed_dictionaries(
    {
        "i": st.none() | st.integers(-(2**63), 2**63 - 1),
        "f": st.none() | st.floats(allow_nan=False),
        "s": st.none() | st.text(max_size=5),
        "b": st.none() | st.booleans(),
        "y": st.none() | st.binary(max_size=5),
    }
)
SCHEMA = pa.schema([("i", pa.int64()), ("f", pa.float64()), ("s", pa.string()), ("b", pa.bool_()), ("y", pa.binary())])


def chunks_of(size: int) -> pytest.MonkeyPatch:
    patch = pytest.MonkeyPatch()
    for file in (dataset_file, dataset_sources, row_sources):
        patch.setattr(file, "CHUNK_ROWS", size)
    return patch


def naive_root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


@settings(max_examples=150, deadline=None)
@given(rows=many_rows, secret=secrets, size=chunk_sizes, source=st.sampled_from([list, tuple, iter]))
def test_the_root_is_that_of_the_whole_tree_and_every_row_is_proven(
    rows: list[bytes], secret: bytes, size: int, source: Any
) -> None:
    leaves = [
        sha256(b"\x00" + salt + row).digest() for salt, row in zip(Salts(secret).chunk(0, len(rows)), rows, strict=True)
    ]
    patch = chunks_of(size)
    try:
        dataset = Dataset.of(source(rows), secret=secret)
        assert dataset.root == naive_root(leaves)
        for index, row in enumerate(rows):
            assert verify_row(dataset.root, dataset.rows, dataset.prove_row(index)) == row
    finally:
        patch.undo()


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(values, min_size=1, max_size=20), size=chunk_sizes, batch=st.integers(1, 7))
def test_tables_have_one_root_in_chunks_and_batches_of_any_size(
    rows: list[dict[str, Any]], size: int, batch: int
) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    rows = [{name: row[name] for name in SCHEMA.names} for row in rows]
    whole = Dataset.of(table, secret=bytes(32))
    last = whole.prove_row(len(rows) - 1)
    patch = chunks_of(size)
    try:
        for source in (table, table.to_reader(batch), rows, iter(rows)):
            dataset = Dataset.of(source, secret=bytes(32))
            assert dataset.root == whole.root
            assert dataset.prove_row(len(rows) - 1) == last
    finally:
        patch.undo()


@settings(max_examples=60, deadline=None)
@given(rows=many_rows, lengths=st.lists(st.integers(0, 9), max_size=20))
def test_rows_may_arrive_in_parts_of_any_length(rows: list[bytes], lengths: list[int]) -> None:
    waiting = iter(rows)
    parts = [list(islice(waiting, length)) for length in lengths] + [list(waiting)]
    assert list(row_sources.Streamed(parts, keep=False).chunks()) == [rows]

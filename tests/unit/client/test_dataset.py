from __future__ import annotations

from pathlib import Path

import pytest

from muniment.client.dataset import Dataset
from muniment.client.dataset_errors import (
    DatasetEmpty,
    RowNotSupported,
    RowOutOfRange,
    RowsChanged,
    RowsNotKept,
    SecretMalformed,
    SourceNotSupported,
)
from muniment.client.row_sources import CHUNK_ROWS
from muniment.client.salts import Salts
from muniment.core.proof_errors import ProofRejected
from muniment.core.rows import UNSALTED, verify_row

SECRET = bytes(range(32))
ROWS = [b"one", b"two", b"", b"four"]


def test_every_row_of_a_list_can_be_proven() -> None:
    dataset = Dataset.of(ROWS)
    assert (dataset.rows, dataset.row_bytes) == (4, 10)
    assert (dataset.columns, dataset.schema_digest) == (None, None)
    for index, row in enumerate(ROWS):
        assert verify_row(dataset.root, dataset.rows, dataset.prove_row(index)) == row


def test_the_secret_decides_the_root_and_is_fresh_by_default() -> None:
    assert Dataset.of(ROWS, secret=SECRET).root == Dataset.of(ROWS, secret=SECRET).root
    first, second = Dataset.of(ROWS), Dataset.of(ROWS)
    assert first.secret != second.secret
    assert first.root != second.root
    assert Dataset.of(ROWS, secret=first.secret).root == first.root


def test_the_secret_is_not_shown() -> None:
    assert SECRET.hex() not in repr(Dataset.of(ROWS, secret=SECRET))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(SecretMalformed) as caught:
        Dataset.of(ROWS, secret=bytes(size))
    assert caught.value.size_bytes == size


def test_equal_rows_have_different_leaves() -> None:
    dataset = Dataset.of([b"same"] * 3)
    assert len({dataset.prove_row(index).salt for index in range(3)}) == 3


def test_public_content_needs_no_secret() -> None:
    dataset = Dataset.of(ROWS, salted=False)
    assert (dataset.salts, dataset.secret) == (UNSALTED, b"")
    assert dataset.root == Dataset.of(ROWS, salted=False).root
    assert verify_row(dataset.root, 4, dataset.prove_row(3), salts=UNSALTED) == b"four"
    with pytest.raises(ProofRejected):
        verify_row(dataset.root, 4, dataset.prove_row(3))


def test_salts_of_a_chunk_are_those_of_its_rows() -> None:
    salts = Salts(SECRET)
    whole = salts.chunk(0, 100)
    assert whole[40:60] == salts.chunk(40, 20)
    assert len(set(whole)) == 100
    assert {len(salt) for salt in whole} == {16}


def test_rows_beyond_one_chunk_are_proven_too() -> None:
    count = 2 * CHUNK_ROWS + 1
    dataset = Dataset.of([number.to_bytes(4, "big") for number in range(count)], secret=SECRET)
    for index in (0, CHUNK_ROWS - 1, CHUNK_ROWS, count - 1):
        assert verify_row(dataset.root, count, dataset.prove_row(index)) == index.to_bytes(4, "big")


def test_an_iterator_gives_the_root_of_a_list() -> None:
    dataset = Dataset.of(iter(ROWS), secret=SECRET)
    assert dataset.root == Dataset.of(tuple(ROWS), secret=SECRET).root
    assert verify_row(dataset.root, 4, dataset.prove_row(1)) == b"two"


def test_rows_that_were_not_kept_are_not_proven() -> None:
    dataset = Dataset.of(iter(ROWS), secret=SECRET, keep_proofs=False)
    assert dataset.root == Dataset.of(ROWS, secret=SECRET).root
    with pytest.raises(RowsNotKept) as caught:
        dataset.prove_row(2)
    assert caught.value.row == 2


def test_a_row_out_of_range_is_named() -> None:
    for row in (-1, 4):
        with pytest.raises(RowOutOfRange) as caught:
            Dataset.of(ROWS).prove_row(row)
        assert caught.value.fields == {"row": row, "rows": 4}


def test_data_that_changed_since_are_not_proven() -> None:
    rows = list(ROWS)
    dataset = Dataset.of(rows)
    rows[3] = b"five"
    with pytest.raises(RowsChanged):
        dataset.prove_row(0)


def test_buffers_are_rows() -> None:
    buffers = [bytearray(b"one"), memoryview(b"two"), b"", b"four"]
    assert Dataset.of(buffers, secret=SECRET).root == Dataset.of(ROWS, secret=SECRET).root


@pytest.mark.parametrize("source", [[], (), iter([])])
def test_nothing_is_no_data_set(source: object) -> None:
    with pytest.raises(DatasetEmpty):
        Dataset.of(source)


@pytest.mark.parametrize("source", ["text", b"bytes", {"a": 1}, 5, None, bytearray(b"x")])
def test_a_single_thing_is_no_data_set(source: object) -> None:
    with pytest.raises(SourceNotSupported):
        Dataset.of(source)


def test_a_row_of_another_kind_is_named() -> None:
    for rows, row in (([b"a", "b"], 1), ([b"a", b"b", {"c": 1}], 2), ([None], 0), ([{"a": 1}, b"b"], 1)):
        for source in (rows, iter(rows)):
            with pytest.raises(RowNotSupported) as caught:
                Dataset.of(source)
            assert caught.value.row == row


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b"one\ntwo\n\nfour\n", ROWS),
        (b"one\ntwo\n\nfour", ROWS),
        (b"a\r\n", [b"a\r"]),
        (b"\n", [b""]),
    ],
)
def test_the_lines_of_a_file_are_its_rows(tmp_path: Path, content: bytes, rows: list[bytes]) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    dataset = Dataset.of(path, secret=SECRET)
    assert dataset.root == Dataset.of(rows, secret=SECRET).root
    assert verify_row(dataset.root, dataset.rows, dataset.prove_row(len(rows) - 1)) == rows[-1]


def test_a_long_file_is_read_again_where_the_row_lies(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b"".join(b"%d\n" % number for number in range(CHUNK_ROWS + 10)))
    dataset = Dataset.of(path)
    assert verify_row(dataset.root, dataset.rows, dataset.prove_row(CHUNK_ROWS + 3)) == b"%d" % (CHUNK_ROWS + 3)
    path.write_bytes(path.read_bytes().replace(b"\n5\n", b"\n6\n"))
    with pytest.raises(RowsChanged):
        dataset.prove_row(5)


def test_a_binary_file_has_no_lines(tmp_path: Path) -> None:
    with pytest.raises(SourceNotSupported):
        Dataset.of(tmp_path / "data.parquet")

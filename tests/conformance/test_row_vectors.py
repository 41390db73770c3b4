"""The example of docs/records.md against an implementation written from that page alone, and against ours."""

from __future__ import annotations

import json
import struct
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from muniment.client.dataset import Dataset
from muniment.core.rows import Column, decode_row, encode_row, row_leaf, schema_digest, verify_row

PAGE = Path(__file__).parents[2] / "docs" / "records.md"
EXAMPLE: dict[str, Any] = json.loads(PAGE.read_text("utf-8").split("```json\n")[1].split("```")[0])
SECRET = bytes.fromhex(EXAMPLE["secret"])


def salt_of(index: int) -> bytes:
    key = sha256(b"muniment row salts v1\0" + SECRET).digest()
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return block.update(index.to_bytes(16, "big"))


def pack(value: Any) -> bytes:
    if value is None:
        return b"\xc0"
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        return bytes((0xA0 | len(value.encode()),)) + value.encode()
    for low, high, head, form in ((-32, 127, b"", ">b"), (0, 2**32 - 1, b"\xce", ">I"), (0, 2**64 - 1, b"\xcf", ">Q")):
        if low <= value <= high:
            return head + struct.pack(form, value)
    raise AssertionError(value)


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + tree(leaves[:half]) + tree(leaves[half:])).digest()


def test_the_page_says_enough_for_a_second_implementation() -> None:
    leaves = []
    for index, row in enumerate(EXAMPLE["rows"]):
        packed = bytes((0x90 | len(row["values"]),)) + b"".join(map(pack, row["values"]))
        assert packed.hex() == row["row"]
        assert salt_of(index).hex() == row["salt"]
        leaves.append(sha256(b"\x00" + salt_of(index) + packed).digest())
        assert leaves[-1].hex() == row["leaf"]
    assert len(leaves) == 3
    assert tree(leaves).hex() == EXAMPLE["root"]


def test_our_implementation_gives_the_same() -> None:
    names = [name for name, _ in EXAMPLE["columns"]]
    dataset = Dataset.of([dict(zip(names, row["values"], strict=True)) for row in EXAMPLE["rows"]], secret=SECRET)
    assert dataset.columns == tuple(Column(name, kind) for name, kind in EXAMPLE["columns"])
    assert (dataset.root.hex(), schema_digest(dataset.columns).hex()) == (EXAMPLE["root"], EXAMPLE["schema"])
    for index, row in enumerate(EXAMPLE["rows"]):
        proof = dataset.prove_row(index)
        assert (proof.row.hex(), proof.salt.hex()) == (row["row"], row["salt"])
        assert row_leaf(proof.salt, proof.row).hex() == row["leaf"]
        assert encode_row(decode_row(verify_row(dataset.root, dataset.rows, proof))).hex() == row["row"]


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 100])
def test_any_number_of_rows_has_the_root_of_the_page(rows: int) -> None:
    data = [bytes((number,)) * number for number in range(rows)]
    leaves = [sha256(b"\x00" + salt_of(number) + row).digest() for number, row in enumerate(data)]
    assert Dataset.of(data, secret=SECRET).root == tree(leaves)

"""A data set as the ledger knows it: one Merkle root over salted rows, and proofs of single rows.

dataset = Dataset.of(frame)                 # or an Arrow table, an iterable of bytes or dicts, a pathlib.Path
dataset.root, dataset.rows, dataset.schema_digest
dataset.secret                              # keep it: without it no row can be proven later
proof = dataset.prove_row(17)
verify_row(dataset.root, dataset.rows, proof)
"""

from __future__ import annotations

import secrets
from typing import Any

from muniment.client.dataset_errors import DatasetEmpty, RowOutOfRange, RowsChanged, RowsNotKept
from muniment.client.dataset_sources import Opened, opened
from muniment.client.row_sources import CHUNK_ROWS, RowSource
from muniment.client.salts import SECRET_BYTES, NoSalts, Salts
from muniment.core.merkle import Frontier, inclusion_proof, root
from muniment.core.rows import AES_SALTS, UNSALTED, RowProof, row_leaves, schema_digest


class Dataset:
    """Rows that were hashed. Build it with `Dataset.of`.

    Attributes:
        root: Merkle root over the salted rows, 32 bytes.
        rows: How many.
        row_bytes: Size of all rows together, without salts.
        columns: Names and kinds, None if the rows are plain bytes.
        schema_digest: Digest of the columns, None if there are none.
        salts: Salt scheme: 1, or 0 for public content.
        secret: The 32 bytes all salts come from, empty with scheme 0. Whoever has it can guess rows; without it no
            row can be proven.
    """

    def __init__(self, source: Opened, *, secret: bytes, keep_proofs: bool) -> None:
        self.secret = secret
        self.salts = AES_SALTS if secret else UNSALTED
        self._salts = Salts(secret) if secret else NoSalts()
        self._source = source.rows if keep_proofs else None
        self._open_chunk: tuple[int, list[bytes], list[list[bytes]]] | None = None
        self._chunk_roots: list[bytes] = []
        self.rows = 0
        self.row_bytes = 0
        self._hash(source.rows)
        self.root = root(self._chunk_roots)
        self.columns = source.table.columns if source.table else None
        self.schema_digest = schema_digest(self.columns) if self.columns else None

    @classmethod
    def of(cls, source: Any, *, secret: bytes | None = None, salted: bool = True, keep_proofs: bool = True) -> Dataset:
        """Hash all rows of `source` into one root.

        Args:
            source: A DataFrame (the index is left out), an Arrow table or stream, a sequence or iterator of bytes or
                of dicts with the same keys, or a `pathlib.Path` of a text file whose lines are the rows.
            secret: 32 bytes that all salts come from; a fresh random one if left out. The same rows and secret
                always give the same root.
            salted: False only for public content: then anybody who guesses a row can confirm the guess.
            keep_proofs: Hold on to the source, so that rows can be proven. Else memory stays at 32 bytes for each
                16,384 rows whatever the source.

        Raises:
            DatasetEmpty, SourceNotSupported, RowNotSupported, ColumnsDiffer, ColumnNotSupported, ValueNotSupported,
            SecretMalformed: as their texts say.

        >>> Dataset.of([b"one", b"two"], secret=bytes(32)).root.hex()[:16]
        'c4939e8bc1aa18e4'
        """
        chosen = b"" if not salted else secrets.token_bytes(SECRET_BYTES) if secret is None else secret
        if salted:
            Salts(chosen)
        return cls(opened(source, keep=keep_proofs), secret=chosen, keep_proofs=keep_proofs)

    def prove_row(self, index: int) -> RowProof:
        """Return what shows one row, and nothing about the others, to whoever knows root and number of rows.

        Raises:
            RowOutOfRange, RowsNotKept: there is no such row, or it cannot be read again.
            RowsChanged: the source changed since it was hashed.
        """
        if not 0 <= index < self.rows:
            raise RowOutOfRange(row=index, rows=self.rows)
        number, place = divmod(index, CHUNK_ROWS)
        rows, levels = self._chunk(number, index)
        path = inclusion_proof(place, len(rows), lambda level, at: levels[level][at])
        if len(self._chunk_roots) > 1:
            above = Frontier().extend(self._chunk_roots)
            path += inclusion_proof(number, len(self._chunk_roots), lambda level, at: above[level][at])
        return RowProof(index, rows[place], self._salts.chunk(index, 1)[0], tuple(path))

    def fields(self) -> dict[str, Any]:
        """Return what an `AnchorRecord` says of the content, by field name."""
        return {
            "root": self.root,
            "rows": self.rows,
            "row_bytes": self.row_bytes,
            "schema": self.schema_digest,
            "salts": self.salts,
        }

    def __repr__(self) -> str:
        return f"Dataset(rows={self.rows}, root={self.root.hex()})"

    def _hash(self, source: RowSource) -> None:
        for rows in source.chunks():
            leaves = row_leaves(self._salts.chunk(self.rows, len(rows)), rows)
            self._chunk_roots.append(root(leaves))
            self.rows += len(rows)
            self.row_bytes += sum(map(len, rows))
        if not self.rows:
            raise DatasetEmpty

    def _chunk(self, number: int, index: int) -> tuple[list[bytes], list[list[bytes]]]:
        if self._open_chunk and self._open_chunk[0] == number:
            return self._open_chunk[1:]
        if self._source is None:
            raise RowsNotKept(row=index)
        first = number * CHUNK_ROWS
        rows = self._source.chunk(number)
        frontier = Frontier()
        levels = frontier.extend(row_leaves(self._salts.chunk(first, len(rows)), rows))
        if frontier.root() != self._chunk_roots[number]:
            raise RowsChanged(first=first, last=first + len(rows) - 1)
        self._open_chunk = (number, rows, levels)
        return rows, levels

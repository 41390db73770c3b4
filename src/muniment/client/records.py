"""Records in the SDK: anchor data, prove rows, amend, withdraw, follow lineage."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from muniment.client.dataset import Dataset
from muniment.client.dataset_sources import Opened, opened
from muniment.client.identities import read_identities, read_identity, write_identity
from muniment.client.link import Link
from muniment.client.progress import tracked
from muniment.client.row_sources import RowSource
from muniment.client.salts import SECRET_BYTES, Salts
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send
from muniment.modules.records import messages
from muniment.modules.records.types import Kind, Lineage, RecordView


@dataclass(frozen=True, repr=False)
class Record:
    """A record that is on the ledger.

    Attributes:
        identity: Its number; `id` is the text form.
        name: What its owner calls it.
        root: Merkle root over its salted rows.
        rows: How many.
        height: Block.
        dataset: What was anchored here: with its secret it proves single rows. Keep the secret as you keep the data.
    """

    identity: int
    name: str
    root: bytes
    rows: int
    height: int
    dataset: Dataset | None = field(default=None, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Its text form, for example `record:17`."""
        return write_identity("record", self.identity)

    def __repr__(self) -> str:
        return f"<{self.id} {self.name!r}, {self.rows} rows, root {self.root.hex()[:16]}…>"

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.record(self)


class Records:
    """Anchors of data sets, streams and documents."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def anchor(
        self,
        data: Any,
        *,
        by: Wallet,
        name: str,
        kind: Kind = "dataset",
        derived_from: object = (),
        note: str = "",
        secret: bytes | None = None,
        keep_proofs: bool = True,
        progress: bool | None = None,
    ) -> Record:
        """Anchor data as one root over salted rows; the data itself stays with you.

        Args:
            data: DataFrame, Arrow table, an iterable of bytes or dicts, or a `Dataset`.
            by: Who anchors, and owns the record.
            name: What to call it; say nothing about a person.
            kind: "dataset", "stream" (one batch of it) or "document".
            derived_from: The record it was made from, or several.
            note: A remark.
            secret: 32 bytes from which the salts are derived; fresh ones unless given.
            keep_proofs: Hold on to the rows, so that `record.dataset.prove_row` works. Without it memory stays small
                however many rows an iterable gives; the secret and the rows, read again, prove them later all the same.
            progress: Show a progress bar on stderr; None shows it on a terminal.
        """
        dataset = _dataset(data, secret, keep_proofs=keep_proofs, progress=progress)
        sources = read_identities("record", derived_from)
        message = messages.AnchorRecord(name=name, kind=kind, derived_from=sources, note=note, **dataset.fields())
        receipt = send(self._link, by, message)
        return Record(receipt.identity, name, dataset.root, dataset.rows, receipt.height, dataset)

    def amend(
        self,
        record: object,
        data: Any,
        *,
        by: Wallet,
        reason: str,
        derived_from: object = (),
        note: str = "",
        secret: bytes | None = None,
        keep_proofs: bool = True,
        progress: bool | None = None,
    ) -> Record:
        """Anchor the next version of a record; the old stays provable, marked as superseded and why.

        Options are those of `anchor`.
        """
        identity = read_identity("record", record)
        dataset = _dataset(data, secret, keep_proofs=keep_proofs, progress=progress)
        sources = read_identities("record", derived_from)
        message = messages.AmendRecord(
            record=identity, reason=reason, derived_from=sources, note=note, **dataset.fields()
        )
        receipt = send(self._link, by, message)
        name = self.get(receipt.identity).name
        return Record(receipt.identity, name, dataset.root, dataset.rows, receipt.height, dataset)

    def withdraw(self, record: object, *, by: Wallet, reason: str) -> Receipt:
        """Say that a record must not be used any more; it stays provable."""
        return send(self._link, by, messages.WithdrawRecord(read_identity("record", record), reason))

    def get(self, record: object) -> RecordView:
        """Return a record with its status."""
        found: RecordView = self._link.query("records", "record", record=read_identity("record", record))
        return found

    def history(self, record: object) -> tuple[RecordView, ...]:
        """Return the versions of a record, latest first."""
        found: tuple[RecordView, ...] = self._link.query("records", "history", record=read_identity("record", record))
        return found

    def lineage(self, record: object, *, depth: int = 16) -> Lineage:
        """Return what a record was made from, and what that was made from."""
        found: Lineage = self._link.query("records", "lineage", record=read_identity("record", record), depth=depth)
        return found


class _Watched:
    """Rows that tell how far they were read."""

    def __init__(self, rows: RowSource, advance: Callable[[int], None]) -> None:
        self._rows = rows
        self._advance = advance

    def chunks(self) -> Iterator[list[bytes]]:
        """Yield all rows, chunk by chunk."""
        for rows in self._rows.chunks():
            yield rows
            self._advance(len(rows))

    def chunk(self, number: int) -> list[bytes]:
        """Return one chunk again."""
        return self._rows.chunk(number)


def _dataset(data: Any, secret: bytes | None, *, keep_proofs: bool, progress: bool | None) -> Dataset:
    if isinstance(data, Dataset):
        return data
    chosen = secrets.token_bytes(SECRET_BYTES) if secret is None else secret
    Salts(chosen)
    rows, table = opened(data, keep=keep_proofs)
    total = len(data) if hasattr(data, "__len__") else None
    with tracked(total, "anchoring", show=progress) as advance:
        return Dataset(Opened(_Watched(rows, advance), table), secret=chosen, keep_proofs=keep_proofs)

"""Records in the SDK: anchor data, prove rows, amend, withdraw, follow lineage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from muniment.client.dataset import Dataset
from muniment.client.identities import read_identity, write_identity
from muniment.client.link import Link
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send
from muniment.modules.records import messages
from muniment.modules.records.types import Kind, Lineage, RecordView


@dataclass(frozen=True)
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
        derived_from: Sequence[object] = (),
        note: str = "",
        secret: bytes | None = None,
    ) -> Record:
        """Anchor data as one root over salted rows; the data itself stays with you.

        Args:
            data: DataFrame, Arrow table, an iterable of bytes or dicts, or a `Dataset`.
            by: Who anchors, and owns the record.
            name: What to call it; say nothing about a person.
            kind: "dataset", "stream" (one batch of it) or "document".
            derived_from: Records it was made from.
            note: A remark.
            secret: 32 bytes from which the salts are derived; fresh ones unless given.
        """
        dataset = _dataset(data, secret)
        message = messages.AnchorRecord(
            root=dataset.root,
            rows=dataset.rows,
            name=name,
            kind=kind,
            row_bytes=dataset.row_bytes,
            schema=dataset.schema_digest,
            derived_from=tuple(read_identity("record", source) for source in derived_from),
            note=note,
        )
        receipt = send(self._link, by, message)
        return Record(receipt.identity, name, dataset.root, dataset.rows, receipt.height, dataset)

    def amend(
        self,
        record: object,
        data: Any,
        *,
        by: Wallet,
        reason: str,
        derived_from: Sequence[object] = (),
        secret: bytes | None = None,
    ) -> Record:
        """Anchor the next version of a record; the old stays provable, marked as superseded and why."""
        dataset = _dataset(data, secret)
        identity = read_identity("record", record)
        message = messages.AmendRecord(
            record=identity,
            root=dataset.root,
            rows=dataset.rows,
            reason=reason,
            row_bytes=dataset.row_bytes,
            schema=dataset.schema_digest,
            derived_from=tuple(read_identity("record", source) for source in derived_from),
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


def _dataset(data: Any, secret: bytes | None) -> Dataset:
    return data if isinstance(data, Dataset) else Dataset.of(data, secret=secret)

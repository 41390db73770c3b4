"""What can be asked of the records module. Records are named by their identity (docs/formats.md)."""

from __future__ import annotations

from muniment.core.codec import Wire
from muniment.modules.records.types import Kind


class AnchorRecord(Wire, frozen=True, tag="records.anchor"):
    """Anchor a data set, a batch of a stream or a document. Anybody may; the sender owns it.

    Args:
        root: Merkle root over its salted rows, 32 bytes.
        rows: How many, at least 1.
        name: What to call it, 1 to 200 bytes of UTF-8; say nothing about a person.
        kind: "dataset", "stream" (one batch of it) or "document".
        row_bytes: Size of all rows together, without salts; 0 if not told.
        schema: Digest of the schema of its rows, 32 bytes; None if they have none.
        salts: Salt scheme: 1 as in `docs/records.md`, 0 none (public content only).
        derived_from: Identities of the records it was made from, at most 64, each once.
        note: At most 400 bytes of UTF-8; say nothing about a person.
    """

    root: bytes
    rows: int
    name: str
    kind: Kind = "dataset"
    row_bytes: int = 0
    schema: bytes | None = None
    salts: int = 1
    derived_from: tuple[int, ...] = ()
    note: str = ""


class AmendRecord(Wire, frozen=True, tag="records.amend"):
    """Anchor the next version of a record. By its owner; name and kind stay, the old version stays provable.

    Args:
        record: The latest version.
        root: As in `AnchorRecord`, like all that follows `reason`.
        rows: How many, at least 1.
        reason: Why, 1 to 400 bytes of UTF-8; say nothing about a person.
    """

    record: int
    root: bytes
    rows: int
    reason: str
    row_bytes: int = 0
    schema: bytes | None = None
    salts: int = 1
    derived_from: tuple[int, ...] = ()
    note: str = ""


class WithdrawRecord(Wire, frozen=True, tag="records.withdraw"):
    """Say that a record must not be used any more. By its owner; it stays provable.

    Args:
        record: The latest version.
        reason: Why, 1 to 400 bytes of UTF-8; say nothing about a person.
    """

    record: int
    reason: str

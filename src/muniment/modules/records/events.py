"""What happened to records."""

from __future__ import annotations

from muniment.core.codec import Named
from muniment.modules.records.types import Kind


class RecordAnchored(Named, frozen=True):
    """A record was anchored: the fact kept under its identity. Fields as in `AnchorRecord`.

    Args:
        time_ms: Time of its block.
        version: 1, or one more than the version it supersedes.
        supersedes: Identity of the version before, None if it is the first.
        first: Identity of the first version, None if it is the first.
    """

    owner: bytes
    root: bytes
    rows: int
    name: str
    kind: Kind
    row_bytes: int
    schema: bytes | None
    salts: int
    derived_from: tuple[int, ...]
    note: str
    time_ms: int
    version: int = 1
    supersedes: int | None = None
    first: int | None = None


class RecordAmended(Named, frozen=True):
    """A record was superseded by its next version."""

    record: int
    latest: int
    reason: str


class RecordWithdrawn(Named, frozen=True):
    """A record must not be used any more."""

    record: int
    reason: str

"""What the records module keeps, and its bounds."""

from __future__ import annotations

from typing import Literal

import msgspec

from muniment.core.codec import Named

#: Longest name, in bytes of UTF-8.
MAX_NAME_BYTES = 200
#: Longest note and longest reason, in bytes of UTF-8.
MAX_NOTE_BYTES = 400
#: Most records one record is derived from directly.
MAX_SOURCES = 64
#: Rows and bytes stay below this, so that every language can hold them.
MAX_COUNT = (1 << 63) - 1
#: How far back a lineage query goes, and how many records it gives.
MAX_DEPTH = 64
MAX_ANCESTORS = 1_000
#: How many versions a history query gives.
MAX_VERSIONS_SHOWN = 1_000

Kind = Literal["dataset", "stream", "document"]
KINDS: frozenset[str] = frozenset(("dataset", "stream", "document"))


class Status(Named, frozen=True):
    """What the map holds of a record that is no longer active.

    Args:
        state: "superseded" or "withdrawn".
        latest: The version that took its place, 0 if withdrawn.
        reason: Why.
        since_ms: When, Unix milliseconds.
    """

    state: Literal["superseded", "withdrawn"]
    latest: int
    reason: str
    since_ms: int


class RecordView(msgspec.Struct, frozen=True):
    """A record as a query shows it.

    Args:
        record: Its identity.
        status: "active", "superseded" or "withdrawn".
        owner: Account that anchored it.
        name: What its owner calls it.
        kind: "dataset", "stream" or "document".
        root: Merkle root over its salted rows.
        rows: How many.
        row_bytes: Size of all rows together, without salts.
        schema: Digest of the schema of its rows, None if they have none.
        salts: Salt scheme: 0 none, 1 as in `docs/records.md`.
        derived_from: Identities of the records it was made from.
        note: What its owner says about it.
        version: 1 for a first version.
        first: Identity of the first version.
        supersedes: The version before, None for the first.
        superseded_by: The version after, None if there is none.
        reason: Why it was superseded or withdrawn, empty if active.
        anchored_ms: When it was anchored.
        since_ms: When it got its status.
    """

    record: int
    status: str
    owner: bytes
    name: str
    kind: Kind
    root: bytes
    rows: int
    row_bytes: int
    schema: bytes | None
    salts: int
    derived_from: tuple[int, ...]
    note: str
    version: int
    first: int
    supersedes: int | None
    superseded_by: int | None
    reason: str
    anchored_ms: int
    since_ms: int


class Ancestor(msgspec.Struct, frozen=True):
    """A record another one descends from; `depth` 1 is a direct source."""

    record: int
    depth: int
    name: str
    status: str
    derived_from: tuple[int, ...]


class Lineage(msgspec.Struct, frozen=True):
    """Where a record comes from; `complete` says that no ancestor was left out."""

    record: int
    ancestors: tuple[Ancestor, ...]
    complete: bool

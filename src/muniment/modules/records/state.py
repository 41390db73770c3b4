"""Where records lie: the only file that touches the store.

A record is a fact. The map holds only what changes: nothing at all for an active first version.
"""

from __future__ import annotations

from typing import Final

from muniment.core.state import Facts, Overlay, Reader, Table
from muniment.modules.records.events import RecordAnchored
from muniment.modules.records.types import Status

#: Every record, under its identity.
RECORDS: Final[Facts[RecordAnchored]] = Facts(b"Rf", RecordAnchored)
_statuses: Table[Status] = Table(b"Rs", Status)
_latest: Table[int] = Table(b"Rl", int)


def anchored(reader: Reader, record: int) -> RecordAnchored | None:
    """Return a record, None if no record has this identity."""
    return RECORDS.get(reader, record)


def status(reader: Reader, record: int) -> Status | None:
    """Return why a record is no longer active; None if it is active (or not known)."""
    return _statuses.get(reader, record.to_bytes(8, "big"))


def put_status(overlay: Overlay, record: int, value: Status) -> None:
    """Write why a record is no longer active."""
    _statuses.put(overlay, record.to_bytes(8, "big"), value)


def latest(reader: Reader, first: int) -> int:
    """Return the latest version of a record, given its first."""
    return _latest.get(reader, first.to_bytes(8, "big")) or first


def put_latest(overlay: Overlay, first: int, record: int) -> None:
    """Write the latest version of a record, given its first."""
    _latest.put(overlay, first.to_bytes(8, "big"), record)

"""Whether a record exists and can still be used."""

from __future__ import annotations

from muniment.core.state import Reader
from muniment.modules.records import state
from muniment.modules.records.errors import RecordNotUsable, RecordSuperseded, RecordUnknown
from muniment.modules.records.events import RecordAnchored


def known_record(reader: Reader, record: int) -> RecordAnchored:
    """Return the fact of a record.

    Rejects:
        RecordUnknown: there is none.
    """
    found = state.anchored(reader, record)
    if found is None:
        raise RecordUnknown(record=record)
    return found


def first_version(record: int, fact: RecordAnchored) -> int:
    """Return the identity of the first version of a record."""
    return record if fact.first is None else fact.first


def check_active(reader: Reader, record: int, fact: RecordAnchored) -> None:
    """Raise `RecordNotUsable` if a record was withdrawn, `RecordSuperseded` if it has a later version."""
    status = state.status(reader, record)
    if status is None:
        return
    if status.state == "withdrawn":
        raise RecordNotUsable(record=record, reason=status.reason)
    raise RecordSuperseded(record=record, latest=state.latest(reader, first_version(record, fact)))


def check_sources(reader: Reader, sources: tuple[int, ...]) -> None:
    """Raise `RecordUnknown` or `RecordNotUsable` unless every source exists and was not withdrawn.

    A superseded source passes: what was made from an old version was made from it.
    """
    for source in sources:
        known_record(reader, source)
        status = state.status(reader, source)
        if status is not None and status.state == "withdrawn":
            raise RecordNotUsable(record=source, reason=status.reason)

"""What can be read about records."""

from __future__ import annotations

from muniment.core.state import Reader
from muniment.modules.records import state
from muniment.modules.records.errors import RecordFieldOutOfBounds
from muniment.modules.records.events import RecordAnchored
from muniment.modules.records.standing import check_active, first_version, known_record
from muniment.modules.records.types import (
    MAX_ANCESTORS,
    MAX_DEPTH,
    MAX_VERSIONS_SHOWN,
    Ancestor,
    Lineage,
    RecordView,
)


def record(reader: Reader, *, record: int) -> RecordView:
    """Return a record with its status.

    Rejects:
        RecordUnknown: there is none.
    """
    return _view(reader, record)


def history(reader: Reader, *, record: int) -> tuple[RecordView, ...]:
    """Return the versions of a record, latest first, at most 1,000; any version may be given.

    Rejects:
        RecordUnknown: there is none.
    """
    following: int | None = state.latest(reader, first_version(record, known_record(reader, record)))
    versions: list[RecordView] = []
    while following is not None and len(versions) < MAX_VERSIONS_SHOWN:
        versions.append(_view(reader, following))
        following = versions[-1].supersedes
    return tuple(versions)


def lineage(reader: Reader, *, record: int, depth: int = 16) -> Lineage:
    """Return what a record was made from, and what that was made from, nearest first; each ancestor once.

    Args:
        reader: State.
        record: Whose lineage.
        depth: How far back, 1 to 64.

    Rejects:
        RecordUnknown, RecordFieldOutOfBounds: there is no such record, no such depth.
    """
    if not 1 <= depth <= MAX_DEPTH:
        raise RecordFieldOutOfBounds(field="depth", given=str(depth), bound=f"1 to {MAX_DEPTH}")
    found: dict[int, Ancestor] = {}
    level = known_record(reader, record).derived_from
    for distance in range(1, depth + 1):
        fresh = sorted(set(level) - found.keys())
        room = MAX_ANCESTORS - len(found)
        found |= {source: _ancestor(reader, source, depth=distance) for source in fresh[:room]}
        if len(fresh) > room:
            return Lineage(record, tuple(found.values()), complete=False)
        level = tuple(source for known in fresh for source in found[known].derived_from)
    return Lineage(record, tuple(found.values()), complete=found.keys() >= set(level))


def anchored(reader: Reader, record: int) -> RecordAnchored | None:
    """Return the fact of a record, None if there is none: a port for other modules."""
    return state.anchored(reader, record)


def status(reader: Reader, record: int) -> str | None:
    """Return "active", "superseded", "withdrawn", or None if there is no such record: a port for other modules."""
    if state.anchored(reader, record) is None:
        return None
    found = state.status(reader, record)
    return found.state if found else "active"


def is_active(reader: Reader, record: int) -> bool:
    """Answer whether a record exists and is neither superseded nor withdrawn: a port for other modules."""
    return status(reader, record) == "active"


def active_record(reader: Reader, record: int) -> RecordAnchored:
    """Return the fact of a record that is neither superseded nor withdrawn: a port for other modules.

    Rejects:
        RecordUnknown, RecordSuperseded, RecordNotUsable: as their texts say.
    """
    fact = known_record(reader, record)
    check_active(reader, record, fact)
    return fact


def _view(reader: Reader, record: int) -> RecordView:
    fact = known_record(reader, record)
    status = state.status(reader, record)
    return RecordView(
        record=record,
        status=status.state if status else "active",
        owner=fact.owner,
        name=fact.name,
        kind=fact.kind,
        root=fact.root,
        rows=fact.rows,
        row_bytes=fact.row_bytes,
        schema=fact.schema,
        salts=fact.salts,
        derived_from=fact.derived_from,
        note=fact.note,
        version=fact.version,
        first=first_version(record, fact),
        supersedes=fact.supersedes,
        superseded_by=status.latest or None if status else None,
        reason=status.reason if status else "",
        anchored_ms=fact.time_ms,
        since_ms=status.since_ms if status else fact.time_ms,
    )


def _ancestor(reader: Reader, source: int, *, depth: int) -> Ancestor:
    fact = known_record(reader, source)
    found = state.status(reader, source)
    return Ancestor(source, depth, fact.name, found.state if found else "active", fact.derived_from)

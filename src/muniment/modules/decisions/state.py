"""Where decisions are kept: each as a fact; a status only of those that somebody questioned."""

from __future__ import annotations

from muniment.core.codec import Wire
from muniment.core.state import Facts, Overlay, Reader, Table
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.types import Status


class _Tally(Wire, frozen=True):
    count: int


DECISIONS: Facts[DecisionMade] = Facts(b"Df", DecisionMade)

_statuses: Table[Status] = Table(b"Ds", Status)
_tally: Table[_Tally] = Table(b"Dc", _Tally)
_questioned: Table[int] = Table(b"Di", int)


def decision(reader: Reader, identity: int) -> DecisionMade | None:
    """Return a decision as it was made, None if there is none of this identity."""
    return DECISIONS.get(reader, identity)


def status(reader: Reader, identity: int) -> Status | None:
    """Return what became of an existing decision, None if it stands as it was made."""
    return _statuses.get(reader, _key(identity))


def questioned_count(reader: Reader) -> int:
    """Return how many decisions have a status."""
    found = _tally.get(reader)
    return found.count if found else 0


def questioned(reader: Reader, index: int) -> int | None:
    """Return the identity of the `index`-th decision that got a status, from 0."""
    return _questioned.get(reader, _key(index))


def put_status(overlay: Overlay, identity: int, value: Status) -> None:
    """Write what became of a decision, and list it when it is the first time."""
    if status(overlay, identity) is None:
        count = questioned_count(overlay)
        _questioned.put(overlay, _key(count), identity)
        _tally.put(overlay, b"", _Tally(count + 1))
    _statuses.put(overlay, _key(identity), value)


def _key(number: int) -> bytes:
    return number.to_bytes(8, "big")

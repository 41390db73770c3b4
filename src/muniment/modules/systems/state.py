"""Where systems are kept."""

from __future__ import annotations

from muniment.core.codec import Wire
from muniment.core.module import Context
from muniment.core.state import Facts, Overlay, Reader, Table
from muniment.modules.systems.events import SystemDeployed, SystemUpdated
from muniment.modules.systems.types import System


class _Tally(Wire, frozen=True):
    count: int


VERSIONS: Facts[SystemDeployed | SystemUpdated] = Facts(b"Sf", SystemDeployed | SystemUpdated)

_systems: Table[System] = Table(b"Ss", System)
_versions: Table[int] = Table(b"Sv", int)
_tally: Table[_Tally] = Table(b"Sc", _Tally)
_listed: Table[str] = Table(b"Si", str)


def system(reader: Reader, name: str) -> System | None:
    """Return a system as it is now, None if there is none of this name."""
    return _systems.get(reader, name.encode())


def version(reader: Reader, name: str, number: int) -> SystemDeployed | SystemUpdated | None:
    """Return the terms a system had as version `number`, None if it never had so many."""
    identity = _versions.get(reader, _version_key(name, number)) if 0 < number < 1 << 32 else None
    return None if identity is None else VERSIONS.get(reader, identity)


def systems_count(reader: Reader) -> int:
    """Return how many systems there are."""
    found = _tally.get(reader)
    return found.count if found else 0


def listed_system(reader: Reader, index: int) -> str | None:
    """Return the name of the `index`-th system, from 0."""
    return _listed.get(reader, index.to_bytes(4, "big"))


def add_version(ctx: Context, event: SystemDeployed | SystemUpdated, *, before: System | None) -> None:
    """Write new terms of a system, keeping its stop."""
    store, name = ctx.store, event.system
    identity = ctx.keep(VERSIONS, event)
    if before is None:
        _list_system(store, name)
    _versions.put(store, _version_key(name, event.version), identity)
    stop = before.stop if before else None
    put_system(store, System(name, event.deployer, event.version, identity, event.terms, stop))


def put_system(overlay: Overlay, value: System) -> None:
    """Write a system."""
    _systems.put(overlay, value.name.encode(), value)


def _list_system(overlay: Overlay, name: str) -> None:
    count = systems_count(overlay)
    _listed.put(overlay, count.to_bytes(4, "big"), name)
    _tally.put(overlay, b"", _Tally(count + 1))


def _version_key(name: str, number: int) -> bytes:
    return name.encode() + b"\0" + number.to_bytes(4, "big")

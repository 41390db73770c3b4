"""What can be read of systems."""

from __future__ import annotations

from muniment.core.state import Reader
from muniment.modules.systems import state
from muniment.modules.systems.errors import NoOverseerActive, SystemIsStopped, SystemUnknown
from muniment.modules.systems.events import SystemDeployed, SystemUpdated
from muniment.modules.systems.ports import IsActive
from muniment.modules.systems.types import MAX_NAME, System, Terms


def existing(reader: Reader, name: str, /) -> System:
    """Return a system as it is now, running or stopped: a port for other modules.

    Raises:
        SystemUnknown: there is none of this name.
    """
    found = state.system(reader, name) if len(name) <= MAX_NAME else None
    if found is None:
        raise SystemUnknown(system=name[: MAX_NAME * 2])
    return found


def running_system(is_active: IsActive, reader: Reader, name: str, /) -> System:
    """Return a system that may decide: a port for other modules, once bound to what `accounts` answers.

    Raises:
        SystemUnknown: there is none of this name.
        SystemIsStopped: it decides nothing until it is resumed.
        NoOverseerActive: nobody could stop it, nor rule on an appeal.
    """
    found = existing(reader, name)
    if found.stop is not None:
        raise SystemIsStopped(system=name, reason=found.stop.reason)
    # Mostly the first can act, so that a decision costs one look; no generator, since this is on its way.
    for overseer in found.terms.overseers:
        if is_active(reader, overseer):
            return found
    raise NoOverseerActive(system=name)


def terms(reader: Reader, name: str, version: int, /) -> Terms:
    """Return the terms of a version of a system: a port for other modules.

    Raises:
        SystemUnknown: the system never had such a version.
    """
    found = state.version(reader, name, version)
    if found is None:
        raise SystemUnknown(system=f"{name} version {version}")
    return found.terms


def history(reader: Reader, *, system: str) -> tuple[SystemDeployed | SystemUpdated, ...]:
    """Return all terms a system has had, oldest first.

    Raises:
        SystemUnknown: there is none of this name.
    """
    now = existing(reader, system)
    found = (state.version(reader, system, number) for number in range(1, now.version + 1))
    return tuple(version for version in found if version is not None)


def system(reader: Reader, *, system: str) -> System:
    """Return the system of that name as it is now: terms, version, stop.

    Raises:
        SystemUnknown: there is none of this name.
    """
    return existing(reader, system)


def systems(reader: Reader, *, start: int = 0, limit: int = 100) -> tuple[System, ...]:
    """Return systems in the order they were first deployed.

    Args:
        reader: The state.
        start: How many to skip.
        limit: At most so many.
    """
    stop = min(state.systems_count(reader), start + limit)
    names = (state.listed_system(reader, index) for index in range(max(start, 0), stop))
    found = (state.system(reader, name) for name in names if name is not None)
    return tuple(one for one in found if one is not None)

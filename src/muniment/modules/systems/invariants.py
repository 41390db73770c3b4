"""What must hold of systems after every block."""

from __future__ import annotations

import itertools

from muniment.core.errors import Halted
from muniment.core.state import Reader
from muniment.modules.systems import state

_RECOVER = "stop, keep the ledger as it is, and run `muniment audit` on it"


def every_system_has_all_its_versions(reader: Reader) -> None:
    """Check that each listed system has terms for each version, the last of which are in force."""
    for index in range(state.systems_count(reader)):
        name = state.listed_system(reader, index)
        system = state.system(reader, name) if name is not None else None
        if name is None or system is None or system.name != name:
            raise Halted(f"system {index} is listed but does not exist", recover=_RECOVER)
        for number in range(1, system.version + 1):
            found = state.version(reader, name, number)
            if found is None or (found.system, found.version, found.deployer) != (name, number, system.deployer):
                raise Halted(f"version {number} of system {name!r} is not whole", recover=_RECOVER)
        last = state.version(reader, name, system.version)
        if last is None or last.terms != system.terms:
            raise Halted(f"the terms in force of system {name!r} are not its last", recover=_RECOVER)


def every_system_has_an_overseer_and_ordered_outcomes(reader: Reader) -> None:
    """Check what no message may undo: somebody can stop it, and every score has one outcome."""
    for index in range(state.systems_count(reader)):
        name = state.listed_system(reader, index)
        system = state.system(reader, name) if name is not None else None
        if system is None:
            continue
        thresholds = [outcome.threshold for outcome in system.terms.outcomes]
        ascending = all(low < high for low, high in itertools.pairwise(thresholds))
        if not system.terms.overseers or not thresholds or not ascending:
            raise Halted(f"system {name!r} has no overseer or no order of outcomes", recover=_RECOVER)

"""The wiring of the module."""

from __future__ import annotations

from functools import partial

from muniment.core.module import Module
from muniment.modules.systems import errors, events, handlers, invariants, queries
from muniment.modules.systems.messages import DeploySystem, ResumeSystem, StopSystem, UpdateSystem
from muniment.modules.systems.ports import CardOf, CheckUsable, IsActive, Ports


def module(*, is_active: IsActive, check_usable: CheckUsable, card: CardOf) -> Module:
    """Return the module.

    Args:
        is_active: Whether an account can act (`accounts` answers).
        check_usable: Raises unless a model may decide (`models` answers).
        card: What was proven about a model (`models` answers).
    """
    ports = Ports(is_active, check_usable, card)
    return Module(
        name="systems",
        handlers={
            DeploySystem: partial(handlers.deploy_system, ports),
            UpdateSystem: partial(handlers.update_system, ports),
            StopSystem: handlers.stop_system,
            ResumeSystem: handlers.resume_system,
        },
        events=(events.SystemDeployed, events.SystemUpdated, events.SystemStopped, events.SystemResumed),
        errors=errors.ERRORS,
        queries={"system": queries.system, "system_history": queries.history, "systems": queries.systems},
        invariants={
            "every system has all its versions": invariants.every_system_has_all_its_versions,
            "every system has an overseer and ordered outcomes": (
                invariants.every_system_has_an_overseer_and_ordered_outcomes
            ),
        },
    )

"""What the ledger knows: the ordered list of modules, and how their ports are wired. Nothing else knows them all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from muniment.core.errors import Rejected
from muniment.core.machine import Machine
from muniment.core.module import Module
from muniment.modules.accounts import queries as account_queries
from muniment.modules.accounts.module import module as accounts
from muniment.modules.decisions.module import module as decisions
from muniment.modules.decisions.ports import Ports as DecisionPorts
from muniment.modules.models import queries as model_queries
from muniment.modules.models.module import module as models
from muniment.modules.models.runners import Runners
from muniment.modules.records import queries as record_queries
from muniment.modules.records.module import module as records
from muniment.modules.systems import queries as system_queries
from muniment.modules.systems.module import module as systems


def _modules() -> tuple[Module, ...]:
    runners = Runners()
    return (
        accounts(),
        records(),
        models(active_record=record_queries.active_record, runners=runners),
        systems(
            is_active=account_queries.is_active,
            check_usable=model_queries.check_usable,
            card=runners.card,
        ),
        decisions(
            DecisionPorts(
                system=system_queries.existing,
                running_system=partial(system_queries.running_system, account_queries.is_active),
                terms=system_queries.terms,
                check_usable=model_queries.check_usable,
                runner=runners.runner,
            )
        ),
    )


MODULES: tuple[Module, ...] = _modules()


class QueryUnknown(Rejected, code=64):
    """A query that no module answers."""

    query: str
    text = "there is no query {query!r}"
    fix = "see docs/reference/messages.md for what can be asked"


def machine() -> Machine:
    """Return a new state machine of all modules."""
    return Machine(MODULES)


def query(module: str, name: str) -> Callable[..., Any]:
    """Return a query of a module.

    Raises:
        QueryUnknown: there is none of that name.
    """
    for known in MODULES:
        if known.name == module and name in known.queries:
            return known.queries[name]
    raise QueryUnknown(query=f"{module}.{name}")

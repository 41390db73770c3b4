"""What the ledger knows: the ordered list of modules, and how their ports are wired. Nothing else knows them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from muniment.core.errors import Rejected
from muniment.core.machine import Machine
from muniment.core.module import Module
from muniment.modules.accounts.module import module as accounts

MODULES: tuple[Module, ...] = (accounts(),)


class QueryUnknown(Rejected, code=64):
    """A query that no module answers."""

    query: str
    text = "there is no query {query!r}"
    fix = "see docs/reference.md for what can be asked"


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

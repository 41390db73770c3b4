"""Card payments: a fraud model that decides inside the ledger, on real payments. Its data has a licence of its own.

`run` is the demo, `document` its result for programs, `load` the data. Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muniment.packs.fraud.demo import DemoResult, run
    from muniment.packs.fraud.payments import load
    from muniment.packs.fraud.summary import document

_HOMES = {"DemoResult": "demo", "document": "summary", "run": "demo", "load": "payments"}

__all__ = ["DemoResult", "document", "load", "run"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

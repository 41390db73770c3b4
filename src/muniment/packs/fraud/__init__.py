"""Card payments: a fraud model that decides inside the ledger, on real payments. Its data has a licence of its own.

`load` gives the data. Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muniment.packs.fraud.payments import load

_HOMES = {"load": "payments"}

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)

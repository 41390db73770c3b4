"""Muniment: a ledger for data, AI models and the decisions AI makes with them.

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from muniment import exact
    from muniment.client.dataset import Dataset
    from muniment.client.decisions import Decision, Decisions, DecisionsCutShort
    from muniment.client.ledger import Ledger
    from muniment.client.ledger import open_ledger as open
    from muniment.client.openings import Opening, Openings, Subject
    from muniment.client.proofs import replay_file as replay
    from muniment.client.proofs import verify_file as verify
    from muniment.client.records import Record
    from muniment.client.wallet import Wallet
    from muniment.client.writing import Receipt
    from muniment.core.errors import Halted, Rejected, Unavailable
    from muniment.core.proof_errors import ProofRejected
    from muniment.core.trust import Trust

_HOMES = {
    "Dataset": ("muniment.client.dataset", "Dataset"),
    "Decision": ("muniment.client.decisions", "Decision"),
    "Decisions": ("muniment.client.decisions", "Decisions"),
    "DecisionsCutShort": ("muniment.client.decisions", "DecisionsCutShort"),
    "Halted": ("muniment.core.errors", "Halted"),
    "Ledger": ("muniment.client.ledger", "Ledger"),
    "Opening": ("muniment.client.openings", "Opening"),
    "Openings": ("muniment.client.openings", "Openings"),
    "ProofRejected": ("muniment.core.proof_errors", "ProofRejected"),
    "Receipt": ("muniment.client.writing", "Receipt"),
    "Record": ("muniment.client.records", "Record"),
    "Rejected": ("muniment.core.errors", "Rejected"),
    "Subject": ("muniment.client.openings", "Subject"),
    "Trust": ("muniment.core.trust", "Trust"),
    "Unavailable": ("muniment.core.errors", "Unavailable"),
    "Wallet": ("muniment.client.wallet", "Wallet"),
    "open": ("muniment.client.ledger", "open_ledger"),
    "replay": ("muniment.client.proofs", "replay_file"),
    "verify": ("muniment.client.proofs", "verify_file"),
}

__all__ = [
    "Dataset",
    "Decision",
    "Decisions",
    "DecisionsCutShort",
    "Halted",
    "Ledger",
    "Opening",
    "Openings",
    "ProofRejected",
    "Receipt",
    "Record",
    "Rejected",
    "Subject",
    "Trust",
    "Unavailable",
    "Wallet",
    "__version__",
    "exact",
    "open",
    "replay",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "exact":
        return import_module("muniment.exact")
    if name in _HOMES:
        home, attribute = _HOMES[name]
        value = getattr(import_module(home), attribute)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'muniment' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

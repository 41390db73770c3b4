"""Payments, individually signed, through the ledger, and how long each waited for its durable decision."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from muniment.client.local import Local
from muniment.client.writing import receipt_of, stream
from muniment.engines.contract import Committed
from muniment.modules.decisions.messages import Decide
from muniment.node.node import Node
from muniment.packs.fraud.payments import Floats, inputs

if TYPE_CHECKING:
    import pandas as pd

    from muniment.client.ledger import Ledger
    from muniment.client.wallet import Wallet
    from muniment.engines.embedded import Tally
    from muniment.exact import Card

#: Payments handed over at a time, and how many such batches may be on their way at once.
BATCH = 64
AHEAD = 4


@dataclass
class Tape:
    """What became of the payments streamed so far; lists have one entry per decided payment.

    Attributes:
        total: Payments to come in all.
        rows: Number of the payment in the frame.
        outcomes: What was decided.
        scores: In units of the model's score.
        identities: Numbers of the decisions.
        latencies_s: Seconds from handing the payment's batch over until its decision was durable.
        refused: Payments without a decision: row and reason.
        began_s: When the first was signed, on the performance counter.
        took_s: From then until now, or to the last decision.
    """

    total: int
    rows: list[int] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    scores: list[int] = field(default_factory=list)
    identities: list[int] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)
    refused: list[tuple[int, Exception]] = field(default_factory=list)
    began_s: float = 0.0
    took_s: float = 0.0

    @property
    def done(self) -> int:
        """Payments that were decided or refused."""
        return len(self.rows) + len(self.refused)

    @property
    def per_second(self) -> float:
        """Decided payments a second."""
        return len(self.rows) / self.took_s if self.took_s else 0.0

    def count(self, outcome: str) -> int:
        """Return how many payments got `outcome`."""
        return self.outcomes.count(outcome)


Watch = Callable[[Tape], None]


def stream_payments(
    ledger: Ledger, system: str, payments: pd.DataFrame, *, by: Wallet, count: int, watch: Watch
) -> Tape:
    """Stream payments in order of time, each as a transaction of its own.

    Args:
        ledger: Where to.
        system: Name of the AI system that decides.
        payments: In order of time.
        by: Who signs: the deployer.
        count: How many; beyond the last the stream begins again with the first.
        watch: Called after every batch.
    """
    from muniment import exact

    deployed = ledger.systems.get(system)
    table, faults = exact.quantize_many(ledger.models.card(deployed.terms.model.model), inputs(payments))
    refused = dict(faults)
    rows = [row % len(table) for row in range(count)]
    sendable = [row for row in rows if row not in refused]
    tape = Tape(count, refused=[(row, refused[row]) for row in rows if row in refused])
    exact_rows: list[Any] = [tuple(row) for row in table.tolist()]
    messages = (Decide(deployed.name, exact_rows[row]) for row in sendable)
    waiting = iter(sendable)
    tape.began_s = time.perf_counter()
    for took_s, outcomes in stream(ledger.link, by, messages, batch=BATCH, ahead=AHEAD):
        for outcome in outcomes:
            _take(tape, next(waiting), outcome, took_s)
        tape.took_s = time.perf_counter() - tape.began_s
        watch(tape)
    return tape


def _take(tape: Tape, row: int, outcome: Any, took_s: float) -> None:
    if not isinstance(outcome, Committed):
        tape.refused.append((row, outcome))
        return
    receipt = receipt_of(outcome)
    made = receipt.events[0][1]
    tape.rows.append(row)
    tape.scores.append(made["score"])
    tape.identities.append(receipt.identity)
    tape.latencies_s.append(took_s)
    # Last, because a display on another thread looks the others up by the places of outcomes.
    tape.outcomes.append(made["outcome"])


def one_by_one(ledger: Ledger, system: str, payments: pd.DataFrame, *, by: Wallet) -> Floats:
    """Decide payments one after the other, each awaited before the next; returns seconds for each, [rows]."""
    return np.array(list(_timed(ledger, system, payments, by)), dtype=np.float64)


def _timed(ledger: Ledger, system: str, payments: pd.DataFrame, by: Wallet) -> Iterator[float]:
    for row in inputs(payments).to_dict("records"):
        began = time.perf_counter()
        ledger.decide(system, row, by=by)
        yield time.perf_counter() - began


def tally(ledger: Ledger) -> Tally | None:
    """Return what the engine of a ledger in this process did so far; None for one elsewhere."""
    node = ledger.link.node if isinstance(ledger.link, Local) else None
    return replace(node.engine.tally) if isinstance(node, Node) else None


def amount_text(card: Card, payments: pd.DataFrame, row: int) -> str:
    """Return the amount of a payment as people write it, with its unit."""
    feature = next(feature for feature in card.features if feature.name == "Amount")
    cents = round(float(payments["Amount"].iloc[row]) * 10**feature.decimals)
    return f"{feature.text(cents)} {feature.unit}"

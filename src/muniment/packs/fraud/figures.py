"""The figures of a run: how fast, how good, how much of it was AI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from muniment.packs.fraud.metrics import Interval, OutcomeFigures, bootstrap, by_outcome
from muniment.packs.fraud.payments import Floats, is_fraud, weights
from muniment.packs.fraud.thresholds import OUTCOMES

if TYPE_CHECKING:
    import pandas as pd

    from muniment.engines.embedded import Tally
    from muniment.packs.fraud.streaming import Tape


@dataclass(frozen=True)
class Latency:
    """Time to a durable decision, in milliseconds: the median, and what 99 of 100 payments stay below."""

    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Speed:
    """How fast a run was.

    Attributes:
        payments: Decided.
        took_s: Wall time of the stream, signing included.
        per_second: Payments decided a second.
        streamed: Time to a durable decision in the stream.
        alone: The same for payments sent one at a time, each awaited before the next.
        models_s: Wall time spent in models.
        busy_s: Wall time the ledger spent on executing and writing blocks, models included.
    """

    payments: int
    took_s: float
    per_second: float
    streamed: Latency
    alone: Latency
    models_s: float
    busy_s: float

    @property
    def ai_share(self) -> float:
        """Share of the ledger's busy time that was spent in models, 0 to 1."""
        return self.models_s / self.busy_s if self.busy_s else 0.0


@dataclass(frozen=True)
class Quality:
    """How good the decisions were, each payment counted once, at the original prevalence.

    Attributes:
        payments: Judged.
        frauds: Among them.
        average_precision: With its 95 % interval; NaN without frauds.
        outcomes: By ascending threshold.
    """

    payments: int
    frauds: int
    average_precision: Interval
    outcomes: tuple[OutcomeFigures, ...]


def latency(seconds: Floats | list[float]) -> Latency:
    """Return median and 99th percentile of `seconds`."""
    if not len(seconds):
        return Latency(0.0, 0.0)
    p50, p99 = np.percentile(np.asarray(seconds) * 1000, (50, 99))
    return Latency(float(p50), float(p99))


def speed(tape: Tape, *, alone: Floats, before: Tally | None, after: Tally | None) -> Speed:
    """Return how fast the stream was.

    Args:
        tape: The stream.
        alone: Seconds of payments sent one at a time.
        before: The engine's tally before the stream.
        after: And after it.
    """
    models_s = busy_s = 0.0
    if before is not None and after is not None:
        models_s = after.models_s - before.models_s
        busy_s = after.executing_s + after.writing_s - before.executing_s - before.writing_s
    return Speed(
        payments=len(tape.rows),
        took_s=tape.took_s,
        per_second=tape.per_second,
        streamed=latency(tape.latencies_s),
        alone=latency(alone),
        models_s=models_s,
        busy_s=busy_s,
    )


def quality(tape: Tape, payments: pd.DataFrame) -> Quality:
    """Return how good the decisions were; of payments decided more than once the first decision counts."""
    rows, places = np.unique(np.asarray(tape.rows, dtype=np.int64), return_index=True)
    fraud = is_fraud(payments)[rows]
    weight = weights(fraud)
    scores = np.asarray(tape.scores, dtype=np.int64)[places]
    return Quality(
        payments=rows.size,
        frauds=int(fraud.sum()),
        average_precision=bootstrap(fraud, scores, weight),
        outcomes=by_outcome(fraud, [tape.outcomes[place] for place in places], weight, names=OUTCOMES),
    )

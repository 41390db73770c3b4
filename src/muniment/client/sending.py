"""Send many rows, and put together what comes back, whatever goes wrong midway."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from muniment.client.asked import Asked, Made
from muniment.client.decisions import Decisions, DecisionsCutShort
from muniment.client.link import Link
from muniment.client.progress import tracked
from muniment.client.wallet import Wallet
from muniment.client.writing import stream
from muniment.core.errors import Halted, Unavailable
from muniment.engines.contract import Committed, Outcome

_place: Any = itemgetter(0)


class Sending:
    """Send what is asked, and put together what comes back."""

    def __init__(self, link: Link, by: Wallet, asked: Asked, *, batch: int, progress: bool | None) -> None:
        self._link = link
        self._by = by
        self._asked = asked
        self._batch = batch
        self._progress = progress
        self._landed: list[tuple[int, Committed]] = []
        self._latencies_s: list[float] = []

    def run(self, faults: dict[int, Exception]) -> Decisions:
        """Send every row; `faults` are those refused before."""
        return self._send(list(range(len(self._asked))), dict(faults))

    def again(self, before: Decisions) -> Decisions:
        """Send the rows that waited, with the very same openings and subjects."""
        waiting = set(before.waiting)
        places = [place for place, row in enumerate(self._asked.rows) if row in waiting]
        faults = {row: error for row, error in before.rejected if row not in waiting}
        fresh = Sending(self._link, self._by, self._asked, batch=self._batch, progress=self._progress)
        fresh._landed, fresh._latencies_s = list(self._landed), list(self._latencies_s)
        return fresh._send(places, faults)

    def _send(self, places: list[int], faults: dict[int, Exception]) -> Decisions:
        rows, told = self._asked.rows, 0
        batches = stream(self._link, self._by, self._asked.messages(places), batch=self._batch)
        try:
            with tracked(len(places), "deciding", show=self._progress) as advance:
                for took_s, outcomes in batches:
                    self._latencies_s.append(took_s)
                    self._take(places[told : told + len(outcomes)], outcomes, faults)
                    told += len(outcomes)
                    advance(len(outcomes))
        except Unavailable as full:
            faults.update((rows[place], full) for place in places[told:])
        except Halted as halted:
            unknown = [rows[place] for place in places[told:]]
            decisions = self._decisions(faults)
            raise DecisionsCutShort(
                halted.reason, recover=halted.recover, decisions=decisions, unknown=unknown
            ) from halted
        return self._decisions(faults)

    def _take(self, places: Sequence[int], outcomes: Sequence[Outcome], faults: dict[int, Exception]) -> None:
        for place, outcome in zip(places, outcomes, strict=True):
            if isinstance(outcome, Committed):
                self._landed.append((place, outcome))
            else:
                faults[self._asked.rows[place]] = outcome

    def _decisions(self, faults: dict[int, Exception]) -> Decisions:
        self._landed.sort(key=_place)
        rows = self._asked.rows
        return Decisions(
            Made(self._asked, self._landed),
            rows=[rows[place] for place, _ in self._landed],
            rejected=sorted(faults.items(), key=_place),
            latencies_s=self._latencies_s,
            chain=self._link.chain,
            again=self.again,
        )

"""Many rows on their way to a system: what is sent for each, and what came back, read only when somebody looks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import starmap
from typing import TYPE_CHECKING, overload

import msgspec

from muniment.client.decisions import Decision
from muniment.client.openings import Inputs, Opening, Subject
from muniment.core import sealing
from muniment.core.codec import Wire
from muniment.engines.contract import Committed
from muniment.exact.card import MISSING
from muniment.modules.decisions import messages
from muniment.modules.decisions.events import DecisionMade
from muniment.modules.decisions.rules import outcome_of

if TYPE_CHECKING:
    from muniment.exact import Runner
    from muniment.exact.wire import Int64s
    from muniment.modules.systems.types import System

_CHUNK = 1024
_SALT = sealing.SALT_BYTES

_effects: msgspec.msgpack.Decoder[tuple[tuple[int, DecisionMade]]] = msgspec.msgpack.Decoder(
    tuple[tuple[int, DecisionMade]]
)


class Asked:
    """Rows that a system is asked about.

    Args:
        system: As deployed now.
        load: Gives a model by its hash.
        table: Inputs, int64 [rows, features].
        rows: The number of each row in the caller's frame.
        subjects: Whom each row is about, None if that is not said.
        sealed: Put only commitments on the ledger.
    """

    def __init__(
        self,
        system: System,
        load: Callable[[bytes], Runner],
        table: Int64s,
        *,
        rows: list[int],
        subjects: Sequence[Subject | bytes | None] | None,
        sealed: bool,
    ) -> None:
        self.system = system
        self.load = load
        self.runner = load(system.terms.model.model)
        self.rows = rows
        self._table = table
        self._subjects = subjects
        self._sparse = bool((table == MISSING).any())
        # One salt a field, drawn together and cut when looked at.
        self._salts = secrets.token_bytes(_SALT * table.size) if sealed else None

    def __len__(self) -> int:
        return len(self.rows)

    def inputs(self, place: int) -> Inputs:
        """Return the inputs of a row."""
        return self._plain(self._table[place].tolist())

    def opening(self, place: int) -> Opening | None:
        """Return what opens a sealed row."""
        return None if self._salts is None else self._opening(place, self.inputs(place))

    def subject(self, place: int) -> Subject | None:
        """Return whom a row is about, if the caller gave the salt too."""
        given = self._subjects[place] if self._subjects else None
        return given if isinstance(given, Subject) else None

    def messages(self, places: Sequence[int]) -> Iterator[Wire]:
        """Yield what is sent for rows, in the order of `places`."""
        for at in range(0, len(places), _CHUNK):
            part = places[at : at + _CHUNK]
            table = self._table[part]
            rows = [self._plain(row) for row in table.tolist()]
            if self._salts is None:
                yield from starmap(self._open, zip(part, rows, strict=True))
            else:
                yield from starmap(self._sealed, zip(part, rows, self.runner.run(table).tolist(), strict=True))

    def _open(self, place: int, inputs: Inputs) -> Wire:
        return messages.Decide(self.system.name, inputs, self._commitment(place), version=self.system.version)

    def _sealed(self, place: int, inputs: Inputs, score: int) -> Wire:
        terms = self.system.terms
        return messages.DecideSealed(
            system=self.system.name,
            model=terms.model.model,
            commitment=self._opening(place, inputs).commitment,
            fields=len(inputs),
            score=score,
            outcome=outcome_of(score, terms.outcomes),
            subject=self._commitment(place),
        )

    def _opening(self, place: int, inputs: Inputs) -> Opening:
        salts, first = self._salts or b"", place * len(inputs) * _SALT
        cuts = range(first, first + len(inputs) * _SALT, _SALT)
        return Opening(self.runner.card.names, inputs, tuple([salts[at : at + _SALT] for at in cuts]))

    def _commitment(self, place: int) -> bytes | None:
        given = self._subjects[place] if self._subjects else None
        return given.commitment if isinstance(given, Subject) else given

    def _plain(self, row: list[int]) -> Inputs:
        return tuple([None if value == MISSING else value for value in row]) if self._sparse else tuple(row)


class Made(Sequence[Decision]):
    """Decisions as they came back; each is built when it is looked at.

    Args:
        asked: What was sent.
        landed: For each decision: its place in `asked`, and what the ledger said.
    """

    def __init__(self, asked: Asked, landed: Sequence[tuple[int, Committed]]) -> None:
        self.asked = asked
        self.landed = landed

    @cached_property
    def columns(self) -> tuple[list[str], list[int]]:
        """Outcomes and scores, one a decision."""
        decode = _effects.decode
        outcomes, scores = [], []
        for _, committed in self.landed:
            event = decode(committed.effects)[0][1]
            outcomes.append(event.outcome)
            scores.append(event.score)
        return outcomes, scores

    @property
    def identities(self) -> list[int]:
        """The number of each decision."""
        return [committed.position << 8 for _, committed in self.landed]

    def __len__(self) -> int:
        return len(self.landed)

    @overload
    def __getitem__(self, index: int) -> Decision: ...
    @overload
    def __getitem__(self, index: slice) -> list[Decision]: ...
    def __getitem__(self, index: int | slice) -> Decision | list[Decision]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        place, committed = self.landed[index]
        return decision_of(self.asked, place, committed)


def decision_of(asked: Asked, place: int, committed: Committed) -> Decision:
    """Return the decision about one row."""
    event = _effects.decode(committed.effects)[0][1]
    return Decision(
        identity=committed.position << 8,
        system=event.system,
        outcome=event.outcome,
        score=event.score,
        model=event.model,
        height=committed.height,
        inputs=asked.inputs(place),
        opening=asked.opening(place),
        subject=asked.subject(place),
        _runner=asked.load(event.model),
    )

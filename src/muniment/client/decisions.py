"""Decisions that were made here: one with its reasons, and many as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from muniment.client.identities import write_identity
from muniment.client.openings import Inputs, Opening, Openings, PathLike, Subject
from muniment.core.errors import Halted, Rejected, Unavailable

if TYPE_CHECKING:
    from pathlib import Path

    from muniment.client.asked import Made
    from muniment.exact import Card, Explanation, Runner

__all__ = ["Decision", "Decisions", "DecisionsCutShort", "Inputs", "InputsSealed", "Opening", "Openings", "Subject"]


class InputsSealed(Rejected, code=68):
    """An explanation or replay of a sealed decision without its opening."""

    decision: str
    text = "the inputs of {decision} are sealed"
    fix = "ask whoever made it for its opening"


@dataclass(frozen=True, repr=False)
class Decision:
    """A decision that is on the ledger.

    Attributes:
        identity: Its number; `id` is the text form.
        system: Name of the system.
        outcome: What followed.
        score: In units of the model's score.
        inputs: What it was computed from, None if sealed and not opened.
        opening: For a sealed decision made here: what opens it.
        subject: Whom it is about, if that was said as a `Subject`.
        height: Block.
        model: Hash of the model.
    """

    identity: int
    system: str
    outcome: str
    score: int
    model: bytes
    height: int
    inputs: Inputs | None = None
    opening: Opening | None = None
    subject: Subject | None = None
    _runner: Runner | None = field(default=None, repr=False, compare=False)

    @property
    def id(self) -> str:
        """Its text form, for example `decision:48213`."""
        return write_identity("decision", self.identity)

    @property
    def card(self) -> Card:
        """What was proven about the model: features, score."""
        return self._loaded().card

    @property
    def value(self) -> float:
        """The score in its own unit, for display."""
        return self.card.score.to_float(self.score)

    @property
    def probability(self) -> float:
        """The probability the score stands for, for display."""
        return self.card.score.to_probability(self.score)

    @property
    def explanation(self) -> Explanation:
        """Why the score is what it is: base and contributions add up to it exactly.

        Raises:
            InputsSealed: its inputs are not here.
        """
        from muniment import exact

        if self.inputs is None:
            raise InputsSealed(decision=self.id)
        return exact.explain(self._loaded(), self.inputs)

    def __repr__(self) -> str:
        return f"<{self.id} of {self.system!r}: {self.outcome}, score {self.score}>"

    def _loaded(self) -> Runner:
        if self._runner is None:
            raise InputsSealed(decision=self.id)
        return self._runner

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.decision(self)


class Decisions(Sequence[Decision]):
    """What became of many rows: the decisions made, and the rows that were refused, with the reason.

    A row is refused for good (`Rejected`), or the ledger had no room for it (`Unavailable`): `retry` sends the latter
    again, so `while many.waiting: many = many.retry()` ends with every row decided or refused, or says why not.

    Attributes:
        rejected: For each refused row: its number in the frame, and why, in order of rows.
        rows: For each decision: the number of its row in the frame.
        latencies_s: For each batch sent: seconds until durable.
    """

    def __init__(
        self,
        made: Made,
        *,
        rows: list[int],
        rejected: list[tuple[int, Exception]],
        latencies_s: list[float],
        chain: str = "",
        again: Callable[[Decisions], Decisions] | None = None,
    ) -> None:
        self._made = made
        self._chain = chain
        self._again = again
        self.rows = rows
        self.rejected = rejected
        self.latencies_s = latencies_s

    def __len__(self) -> int:
        return len(self._made)

    def __getitem__(self, index: Any) -> Any:
        return self._made[index]

    def __iter__(self) -> Iterator[Decision]:
        return iter(self._made)

    @property
    def outcome(self) -> list[str]:
        """Column of outcomes."""
        return list(self._made.columns[0])

    @property
    def score(self) -> list[int]:
        """Column of scores, in units of the model's score."""
        return list(self._made.columns[1])

    @property
    def waiting(self) -> list[int]:
        """Numbers of the rows that the ledger had no room for: nothing was written for them."""
        return [row for row, error in self.rejected if isinstance(error, Unavailable)]

    def retry(self) -> Decisions:
        """Send the rows in `waiting` again; returns all decisions, old and new, in order of rows.

        Raises:
            Unavailable: the ledger took none of them (it is closed, or still has no room); nothing is lost.
        """
        if self._again is None or not self.waiting:
            return self
        later = self._again(self)
        if len(later.waiting) == len(self.waiting):
            raise next(error for _, error in later.rejected if isinstance(error, Unavailable))
        return later

    def columns(self) -> dict[str, list[Any]]:
        """Return row, decision, outcome and score as columns."""
        return {
            "row": list(self.rows),
            "decision": [write_identity("decision", identity) for identity in self._made.identities],
            "outcome": self.outcome,
            "score": self.score,
        }

    def to_pandas(self) -> Any:
        """Return the columns as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    @property
    def openings(self) -> Openings:
        """What opens the sealed ones among them."""
        pairs = [(decision.id, decision.opening) for decision in self._made if decision.opening is not None]
        return Openings(pairs, chain=self._chain)

    def save_openings(self, path: PathLike) -> Path:
        """Write what opens the sealed ones to a new file for its owner only; `Openings.load` reads it.

        It holds the inputs in clear: keep it with the data they came from, never on a ledger. To lose nothing even if
        this process dies midway, pass `openings=` to `decide_many` instead, which writes the file first.

        Raises:
            OpeningsExist: there is a file.
            Unavailable: the disk does not take it.
        """
        return self.openings.save(path)

    def __repr__(self) -> str:
        return f"<{len(self)} decisions, {len(self.rejected)} rows rejected>"

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.decisions(self)


class DecisionsCutShort(Halted):
    """The ledger stopped while it was deciding about many rows.

    Args:
        reason: Why it stopped.
        recover: What to do.
        decisions: What was durable before: nothing of it is lost.
        unknown: Numbers of the rows that had been sent, or would have been next: look on the reopened ledger.
    """

    def __init__(self, reason: str, *, recover: str, decisions: Decisions, unknown: list[int]) -> None:
        self.decisions = decisions
        self.unknown = unknown
        super().__init__(reason, recover=f"{recover}; {len(decisions)} decisions are durable: see .decisions")

"""Decisions in the SDK: let a system decide, see why, appeal, override, dispute."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from muniment.client.identities import read_identity, write_identity
from muniment.client.link import Link
from muniment.client.models import Models
from muniment.client.progress import tracked
from muniment.client.systems import Systems, system_name
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send, stream
from muniment.core import sealing
from muniment.core.codec import Wire
from muniment.core.errors import Rejected
from muniment.engines.contract import Committed
from muniment.modules.decisions import messages
from muniment.modules.decisions.queries import Decision as DecisionView
from muniment.modules.decisions.rules import outcome_of
from muniment.modules.systems.types import System

if TYPE_CHECKING:
    from muniment.exact import Card, Explanation, Runner

Inputs = tuple[int | None, ...]


class InputsSealed(Rejected, code=68):
    """An explanation or replay of a sealed decision without its opening."""

    decision: str
    text = "the inputs of {decision} are sealed"
    fix = "ask whoever made it for its opening"


@dataclass(frozen=True)
class Opening:
    """What opens a sealed decision: keep it as you keep the data itself; without it nothing can be shown or disputed.

    Attributes:
        names: Fields, in the order of the model's card.
        values: Their values.
        salts: One a field, 16 bytes each.
    """

    names: tuple[str, ...]
    values: Inputs
    salts: tuple[bytes, ...] = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """What the ledger holds of it."""
        return sealing.seal(self.names, self.values, self.salts)


@dataclass(frozen=True)
class Decision:
    """A decision that is on the ledger.

    Attributes:
        identity: Its number; `id` is the text form.
        system: Name of the system.
        outcome: What followed.
        score: In units of the model's score.
        inputs: What it was computed from, None if sealed and not opened.
        opening: For a sealed decision made here: what opens it.
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

    def _loaded(self) -> Runner:
        if self._runner is None:
            raise InputsSealed(decision=self.id)
        return self._runner

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.decision(self)


class Decisions(Sequence[Decision]):
    """What became of many rows: the decisions made, and the rows that were refused, with the reason.

    Attributes:
        rejected: For each refused row: its number in the frame, and why.
        rows: For each decision: the number of its row in the frame.
        latencies_s: For each batch sent: seconds until durable.
    """

    def __init__(
        self,
        made: list[Decision],
        *,
        rows: list[int],
        rejected: list[tuple[int, Exception]],
        latencies_s: list[float],
    ) -> None:
        self._made = made
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
        return [decision.outcome for decision in self._made]

    @property
    def score(self) -> list[int]:
        """Column of scores, in units of the model's score."""
        return [decision.score for decision in self._made]

    def columns(self) -> dict[str, list[Any]]:
        """Return row, decision, outcome and score as columns."""
        return {
            "row": list(self.rows),
            "decision": [decision.id for decision in self._made],
            "outcome": self.outcome,
            "score": self.score,
        }

    def to_pandas(self) -> Any:
        """Return the columns as a DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def __repr__(self) -> str:
        return f"<{len(self)} decisions, {len(self.rejected)} rows rejected>"

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.decisions(self)


class Deciding:
    """What systems decided, and what became of it."""

    def __init__(self, link: Link, models: Models, systems: Systems) -> None:
        self._link = link
        self._models = models
        self._systems = systems

    def decide(
        self,
        system: System | str,
        row: Any,
        *,
        by: Wallet,
        sealed: bool | None = None,
        subject: bytes | None = None,
        explain: bool = False,
    ) -> Decision:
        """Let a system decide about one row.

        Args:
            system: Its name.
            row: Values by column, as the model's card names them.
            by: The deployer, or an operator.
            sealed: Put only salted commitments on the ledger; None does what the system's mode asks for, and open
                where it leaves the choice.
            subject: Commitment to whom it is about (`core.sealing.subject_commitment`).
            explain: Keep the contributions on the ledger too (open decisions).

        Raises:
            Rejected: a column is missing or unknown, a value missing, out of range or of the wrong type, the system
                stopped, the model suspended: with the values, and what to do; nothing was written.
        """
        from muniment import exact

        deployed, runner = self._ready(system)
        inputs = exact.quantize(runner.card, row)
        closed = _is_sealed(deployed, sealed)
        if closed:
            message, opening = _sealed(deployed, runner, [inputs], subject)[0]
        else:
            message, opening = messages.Decide(deployed.name, inputs, subject, explain), None
        return self._made(send(self._link, by, message), inputs, opening)

    def decide_many(
        self,
        system: System | str,
        frame: Any,
        *,
        by: Wallet,
        sealed: bool | None = None,
        progress: bool | None = None,
        batch: int = 512,
    ) -> Decisions:
        """Let a system decide about every row of a frame, each signed as a transaction of its own.

        Good rows go through; bad ones are listed in `.rejected` with the reason.

        Args:
            system: Its name.
            frame: DataFrame, Arrow table, or anything `exact.quantize_many` takes.
            by: The deployer, or an operator.
            sealed: As in `decide`.
            progress: Show a progress bar on stderr; None shows it on a terminal.
            batch: Transactions handed over at a time.
        """
        from muniment import exact

        deployed, runner = self._ready(system)
        table, faults = exact.quantize_many(runner.card, frame)
        bad: dict[int, Exception] = dict(faults)
        rows = [row for row in range(len(table)) if row not in bad]
        inputs = _inputs(table[rows].tolist())
        closed = _is_sealed(deployed, sealed)
        pairs: Iterable[tuple[Wire, Opening | None]]
        if closed:
            pairs = _sealed(deployed, runner, inputs, None)
        else:
            pairs = [(messages.Decide(deployed.name, one), None) for one in inputs]
        return self._streamed(list(pairs), rows, inputs, by, bad, progress=progress, batch=batch)

    def get(self, decision: object) -> DecisionView:
        """Return a decision as it stands now: as made, what became of it, the outcome that holds."""
        identity = read_identity("decision", decision)
        found: DecisionView = self._link.query("decisions", "decision", identity=identity)
        return found

    def questioned(self, *, start: int = 0, limit: int = 100) -> tuple[DecisionView, ...]:
        """Return the decisions that were appealed, disputed or overridden."""
        found: tuple[DecisionView, ...] = self._link.query(
            "decisions", "questioned_decisions", start=start, limit=limit
        )
        return found

    def appeal(
        self, decision: object, *, by: Wallet, grounds: bytes, category: str, salt: bytes | None = None
    ) -> Receipt:
        """Ask an overseer to look again; `grounds` is a commitment (32 bytes), `salt` proves to be the subject."""
        identity = read_identity("decision", decision)
        return send(self._link, by, messages.AppealDecision(identity, grounds, category, salt))

    def override(self, decision: object, *, outcome: str, by: Wallet, reason: str) -> Receipt:
        """Put a person's outcome in the place of the system's; by a named overseer."""
        return send(self._link, by, messages.OverrideDecision(read_identity("decision", decision), outcome, reason))

    def uphold(self, decision: object, *, by: Wallet, reason: str) -> Receipt:
        """Close an appeal and let the decision stand; by a named overseer."""
        return send(self._link, by, messages.UpholdDecision(read_identity("decision", decision), reason))

    def dispute(self, decision: object, *, opening: Opening | None = None, by: Wallet) -> Receipt:
        """Open the inputs of a sealed decision to the ledger, for everyone to see, and let it recompute.

        Raises:
            InputsSealed: neither the decision nor the call carries the opening.
        """
        held = opening or getattr(decision, "opening", None)
        identity = read_identity("decision", decision)
        if held is None:
            raise InputsSealed(decision=write_identity("decision", identity))
        return send(self._link, by, messages.DisputeDecision(identity, held.values, held.salts))

    def _ready(self, system: System | str) -> tuple[System, Runner]:
        deployed = self._systems.get(system_name(system))
        return deployed, self._models.runner(deployed.terms.model.model)

    def _made(self, receipt: Receipt, inputs: Inputs, opening: Opening | None) -> Decision:
        event = receipt.events[0][1]
        return self._decision(receipt.identity, receipt.height, event, inputs, opening)

    def _decision(
        self, identity: int, height: int, event: dict[str, Any], inputs: Inputs, opening: Opening | None
    ) -> Decision:
        held = event["model"]
        model = held if isinstance(held, bytes) else bytes.fromhex(held)
        return Decision(
            identity=identity,
            system=event["system"],
            outcome=event["outcome"],
            score=event["score"],
            model=model,
            height=height,
            inputs=inputs,
            opening=opening,
            _runner=self._models.runner(model),
        )

    def _streamed(
        self,
        pairs: list[tuple[Wire, Opening | None]],
        rows: list[int],
        inputs: Sequence[Inputs],
        by: Wallet,
        bad: dict[int, Exception],
        *,
        progress: bool | None,
        batch: int,
    ) -> Decisions:
        made: list[Decision] = []
        kept: list[int] = []
        latencies: list[float] = []
        at = 0
        batches = stream(self._link, by, (message for message, _ in pairs), batch=batch)
        with tracked(len(pairs), "deciding", show=progress) as advance:
            for took_s, outcomes in batches:
                latencies.append(took_s)
                for outcome in outcomes:
                    if isinstance(outcome, Committed):
                        event = _event(outcome)
                        made.append(
                            self._decision(outcome.position << 8, outcome.height, event, inputs[at], pairs[at][1])
                        )
                        kept.append(rows[at])
                    else:
                        bad[rows[at]] = outcome
                    at += 1
                advance(len(outcomes))
        return Decisions(made, rows=kept, rejected=sorted(bad.items()), latencies_s=latencies)


def _event(outcome: Committed) -> dict[str, Any]:
    effects = msgspec.msgpack.decode(outcome.effects, type=list[tuple[int, dict[str, Any]]])
    return effects[0][1]


def _inputs(table: list[list[int]]) -> list[Inputs]:
    from muniment.exact import MISSING

    return [tuple(None if value == MISSING else value for value in row) for row in table]


def _is_sealed(system: System, wanted: bool | None) -> bool:
    return system.terms.mode == "sealed" if wanted is None else wanted


def _sealed(
    system: System, runner: Runner, rows: Sequence[Inputs], subject: bytes | None
) -> list[tuple[Wire, Opening | None]]:
    names = runner.card.names
    scores = runner.run(rows).tolist() if rows else []
    pairs: list[tuple[Wire, Opening | None]] = []
    for inputs, score in zip(rows, scores, strict=True):
        salts = tuple(secrets.token_bytes(sealing.SALT_BYTES) for _ in names)
        opening = Opening(names, inputs, salts)
        message = messages.DecideSealed(
            system=system.name,
            model=system.terms.model.model,
            commitment=opening.commitment,
            fields=len(names),
            score=score,
            outcome=outcome_of(score, system.terms.outcomes),
            subject=subject,
        )
        pairs.append((message, opening))
    return pairs

"""Decisions in the SDK: let a system decide, see why, appeal, override, dispute."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from muniment.client.asked import Asked, decision_of
from muniment.client.decisions import Decision, Decisions, InputsSealed
from muniment.client.identities import read_account, read_identity, write_identity
from muniment.client.link import Link
from muniment.client.models import Models
from muniment.client.openings import Opening, OpeningMissing, Openings, PathLike, Subject
from muniment.client.sending import Sending
from muniment.client.systems import Systems, system_name
from muniment.client.wallet import Wallet
from muniment.client.writing import WAIT_S, Receipt, send, sign_for
from muniment.core.keys import encode_account
from muniment.engines.contract import Committed, Outcome
from muniment.modules.decisions import messages
from muniment.modules.decisions.errors import ModeRefused, NotDecider
from muniment.modules.decisions.queries import Decision as DecisionView
from muniment.modules.models.errors import ModelNotUsable
from muniment.modules.systems.errors import SystemIsStopped
from muniment.modules.systems.types import System

if TYPE_CHECKING:
    from muniment.core.codec import Wire
    from muniment.core.sealing import FieldOpening

OpeningSource = Opening | Openings | PathLike


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
        subject: Subject | bytes | None = None,
        explain: bool = False,
        openings: PathLike | None = None,
    ) -> Decision:
        """Let a system decide about one row.

        Args:
            system: Its name, or what `systems.get` returned.
            row: Values by column (dict, Series, named tuple, ..) as the model's card names them, or in its order.
            by: The deployer, or an operator.
            sealed: Put only salted commitments on the ledger; None does what the system's mode asks for, and open
                where it leaves the choice.
            subject: Whom it is about, hidden: `Subject.of(account)`, or the 32 bytes of its commitment.
            explain: Keep the contributions on the ledger too, for everyone to see (open decisions only).
            openings: For a sealed decision: write what opens it to this new file before anything is sent.

        Raises:
            Rejected: a column is missing or unknown, a value missing, out of range or of the wrong type, the system
                stopped, the model suspended: with the values, and what to do; nothing was written.
        """
        asked, message = self._one(system, row, sealed=sealed, subject=subject, explain=explain, openings=openings)
        (envelope,) = sign_for(self._link, by, [(message,)])
        (outcome,) = self._link.submit([envelope], wait_s=WAIT_S).result()
        return _decided(asked, outcome)

    async def decide_async(
        self,
        system: System | str,
        row: Any,
        *,
        by: Wallet,
        sealed: bool | None = None,
        subject: Subject | bytes | None = None,
        explain: bool = False,
        openings: PathLike | None = None,
    ) -> Decision:
        """Do as `decide` does, without blocking the event loop; a full queue is `Unavailable` at once."""
        asked, message = self._one(system, row, sealed=sealed, subject=subject, explain=explain, openings=openings)
        future = self._link.submit(sign_for(self._link, by, [(message,)]))
        # Shielded: a caller that gives up must not cancel what the engine is about to answer.
        (outcome,) = await asyncio.shield(asyncio.wrap_future(future))
        return _decided(asked, outcome)

    def decide_many(
        self,
        system: System | str,
        frame: Any,
        *,
        by: Wallet,
        sealed: bool | None = None,
        subjects: Sequence[Subject | bytes | None] | None = None,
        openings: PathLike | None = None,
        progress: bool | None = None,
        batch: int = 512,
    ) -> Decisions:
        """Let a system decide about every row of a frame, each signed as a transaction of its own.

        Good rows go through; bad ones are listed in `.rejected` with the reason, and so are rows that a full or
        closed ledger did not take (`Unavailable`), which `.retry()` sends again.

        Args:
            system: Its name, or what `systems.get` returned.
            frame: DataFrame, Arrow table, mapping of columns, 2-D array, or any iterable of rows.
            by: The deployer, or an operator.
            sealed: As in `decide`.
            subjects: Whom each row is about, one a row, as in `decide`.
            openings: For sealed decisions: write what opens them to this new file before anything is sent.
            progress: Show a progress bar on stderr; None shows it on a terminal.
            batch: Transactions handed over at a time.

        Raises:
            Rejected: no row at all can be decided: columns do not fit, the system is stopped, the model suspended, or
                the wallet is not one of the system's deciders. Nothing was written.
            DecisionsCutShort: the ledger stopped midway; carries what was durable before.
        """
        from muniment.client.rows import table_of

        deployed = self._systems.get(system_name(system))
        closed = _is_sealed(deployed, sealed)
        self._check_ready(deployed, by, sealed=closed)
        table, faults = table_of(self._models.runner(deployed.terms.model.model).card, frame)
        rows = [row for row in range(len(table)) if row not in faults]
        if subjects is not None and len(subjects) != len(table):
            raise ValueError(f"subjects= takes one a row: {len(table)} rows, {len(subjects)} subjects")
        about = [subjects[row] for row in rows] if subjects is not None else None
        asked = Asked(deployed, self._models.runner, table[rows], rows=rows, subjects=about, sealed=closed)
        _keep(asked, openings, self._link.chain)
        return Sending(self._link, by, asked, batch=batch, progress=progress).run(faults)

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
        self, decision: object, *, by: Wallet, grounds: Any, category: str, salt: Subject | bytes | None = None
    ) -> Receipt:
        """Ask an overseer to look again.

        Args:
            decision: The decision, or its text form.
            by: The subject, with `salt`; else the decider, the deployer or an overseer on somebody's behalf.
            grounds: Salted commitment to the grounds, 32 bytes, or something with such a `root`: the text itself
                stays off the ledger, for example `Dataset.of([letter])`.
            category: In a word or two, for example "wrong data".
            salt: What the deployer gave the subject: shows that the decision is about whoever signs.
        """
        identity = read_identity("decision", decision)
        opened = salt.salt if isinstance(salt, Subject) else salt
        root = getattr(grounds, "root", grounds)
        return send(self._link, by, messages.AppealDecision(identity, root, category, opened))

    def override(self, decision: object, *, outcome: str, by: Wallet, reason: str) -> Receipt:
        """Put a person's outcome in the place of the system's; by a named overseer."""
        return send(self._link, by, messages.OverrideDecision(read_identity("decision", decision), outcome, reason))

    def uphold(self, decision: object, *, by: Wallet, reason: str) -> Receipt:
        """Close an appeal and let the decision stand; by a named overseer."""
        return send(self._link, by, messages.UpholdDecision(read_identity("decision", decision), reason))

    def dispute(self, decision: object, *, opening: OpeningSource | None = None, by: Wallet) -> Receipt:
        """Open the inputs of a sealed decision to the ledger, for everyone to see, and let it recompute.

        Args:
            decision: The decision, or its text form.
            opening: What opens it, or where that is kept; None if the decision was made here and carries it.
            by: Whoever holds the opening.

        Raises:
            InputsSealed: neither the decision nor the call carries the opening.
            OpeningMissing, OpeningsUnreadable: it is not where it was said to be.
        """
        held = self.opening(decision, opening)
        if held is None:
            raise InputsSealed(decision=write_identity("decision", read_identity("decision", decision)))
        return send(self._link, by, messages.DisputeDecision(read_identity("decision", decision), *_shown(held)))

    def contest(self, decision: object, *, field: FieldOpening, by: Wallet) -> Receipt:
        """Refute a sealed decision by one field that was sealed where the model's card names another.

        Args:
            decision: The decision, or its text form.
            field: As it was shown, for example `proof.opening.fields[0]` of a decoded proof; it becomes public.
            by: Whoever was shown it.
        """
        return send(self._link, by, messages.ContestSealing(read_identity("decision", decision), field))

    def opening(self, decision: object, source: OpeningSource | None = None) -> Opening | None:
        """Return what opens a decision, out of openings or their file; None looks at the decision itself.

        Raises:
            OpeningMissing, OpeningsUnreadable: it is not there.
        """
        if source is None:
            carried = getattr(decision, "opening", None)
            return carried if isinstance(carried, Opening) else None
        if isinstance(source, Opening):
            return source
        kept = source if isinstance(source, Openings) else Openings.load(source)
        identity = read_identity("decision", decision)
        name = write_identity("decision", identity)
        found = kept.get(name) or kept.of(self.get(identity).made.commitment or b"")
        if found is None:
            raise OpeningMissing(decision=name)
        return found

    def _one(
        self,
        system: System | str,
        row: Any,
        *,
        sealed: bool | None,
        subject: Subject | bytes | None,
        explain: bool,
        openings: PathLike | None,
    ) -> tuple[Asked, Wire]:
        from muniment.client.rows import inputs_of
        from muniment.exact.inputs import as_array

        deployed = self._systems.get(system_name(system))
        card = self._models.runner(deployed.terms.model.model).card
        inputs = inputs_of(card, row)
        closed = _is_sealed(deployed, sealed)
        if explain and closed:
            raise ValueError("explain= would lay open what is sealed: prove the decision with show= instead")
        table = as_array([inputs], len(inputs))
        asked = Asked(deployed, self._models.runner, table, rows=[0], subjects=[subject], sealed=closed)
        (message,) = asked.messages([0])
        _keep(asked, openings, self._link.chain)
        if explain and isinstance(message, messages.Decide):
            message = msgspec.structs.replace(message, explain=True)
        return asked, message

    def _check_ready(self, deployed: System, by: Wallet, *, sealed: bool) -> None:
        """Refuse once what the ledger would refuse for every row; it decides all the same."""
        name, terms = deployed.name, deployed.terms
        if deployed.stop is not None:
            raise SystemIsStopped(system=name, reason=deployed.stop.reason)
        account = read_account(by)
        if account != deployed.deployer and account not in terms.operators:
            raise NotDecider(system=name, sender=encode_account(account))
        asked = "sealed" if sealed else "open"
        if terms.mode not in ("both", asked):
            raise ModeRefused(system=name, mode=terms.mode, asked=asked)
        used = terms.model
        for version in self._models.versions(used.name):
            if version.model == used.model and version.standing != "active":
                said = {"standing": version.standing, "reason": version.reason}
                raise ModelNotUsable(name=used.name, model=used.model.hex(), **said)


def _decided(asked: Asked, outcome: Outcome) -> Decision:
    if not isinstance(outcome, Committed):
        raise outcome
    return decision_of(asked, 0, outcome)


def _shown(opening: Opening) -> tuple[tuple[int | None, ...], tuple[bytes, ...]]:
    return opening.values, opening.salts


def _is_sealed(system: System, wanted: bool | None) -> bool:
    return system.terms.mode == "sealed" if wanted is None else wanted


def _keep(asked: Asked, path: PathLike | None, chain: str) -> None:
    if path is None:
        return
    found = [opening for place in range(len(asked)) if (opening := asked.opening(place)) is not None]
    if len(found) < len(asked):
        raise ValueError("openings= is for sealed decisions: these are open, their inputs are on the ledger")
    Openings([("", opening) for opening in found], chain=chain).save(path)

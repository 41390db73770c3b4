"""The SDK: a ledger, in this process or elsewhere, as Python sees it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from muniment.client import proofs
from muniment.client.accounts import Accounts
from muniment.client.deciding import Deciding, OpeningSource
from muniment.client.decisions import Decision, Decisions
from muniment.client.link import Link, Status
from muniment.client.models import Models
from muniment.client.openings import PathLike, Subject
from muniment.client.records import Records
from muniment.client.systems import Systems
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, receipt_of, send, sign_for
from muniment.core.codec import Wire
from muniment.core.state_proof import StateProof
from muniment.core.trust import Trust
from muniment.engines.contract import Committed
from muniment.modules.systems.types import System


class Ledger:
    """A ledger to write to, ask, and take proofs from. Threads and asyncio tasks may share one.

    Attributes:
        records: Anchors of data sets, streams and documents.
        models: Exact models and their papers.
        systems: AI systems.
        decisions: What systems decided, and what became of it.
        accounts: Keys and who may use them.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.records = Records(link)
        self.models = Models(link)
        self.systems = Systems(link, self.models)
        self.decisions = Deciding(link, self.models, self.systems)
        self.accounts = Accounts(link)

    @property
    def chain(self) -> str:
        """Chain id."""
        return self.link.chain

    @property
    def trust(self) -> Trust:
        """What to hand to whoever verifies proofs of this ledger."""
        return self.link.trust

    def status(self) -> Status:
        """Tell how the ledger is doing."""
        return self.link.status()

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
        """Let a system decide about one row; see `Deciding.decide`."""
        return self.decisions.decide(
            system, row, by=by, sealed=sealed, subject=subject, explain=explain, openings=openings
        )

    async def decide_async(self, system: System | str, row: Any, *, by: Wallet, **options: Any) -> Decision:
        """Let a system decide about one row without blocking the event loop; options as for `decide`."""
        return await self.decisions.decide_async(system, row, by=by, **options)

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
        """Let a system decide about every row of a frame; see `Deciding.decide_many`."""
        return self.decisions.decide_many(
            system,
            frame,
            by=by,
            sealed=sealed,
            subjects=subjects,
            openings=openings,
            progress=progress,
            batch=batch,
        )

    def prove(
        self, thing: object, *, model: bool = True, show: Any = None, opening: OpeningSource | None = None
    ) -> proofs.SavedProof:
        """Return the proof of a decision, a record or any transaction.

        Args:
            thing: A decision, a record, a receipt, or the text form of one (`decision:48213`).
            model: Put the model's file into the proof of a decision, so that it can be replayed anywhere.
            show: For a sealed decision: names of the fields to lay open to whoever gets the file, True for all.
            opening: What opens it, or where that is kept, if `thing` does not carry it.

        Raises:
            PositionUnknown: there is no such thing.
            OpeningMissing, OpeningsUnreadable: the opening is not where it was said to be.
        """
        held = self.decisions.opening(thing, opening) if show else None
        return proofs.prove(self.link, thing, model=model, show=show, opening=held)

    def prove_state(self, *keys: bytes, height: int | None = None) -> StateProof:
        """Prove what the authenticated map holds under keys, or that it holds nothing there.

        Args:
            keys: As the modules form them (docs/formats.md, section Keys of the map).
            height: After which block; None for the latest.

        Raises:
            HeightUnknown: not reached yet, or no longer kept.
        """
        return self.link.state(keys, height=height)

    def transact(self, *messages: Wire, by: Wallet) -> Receipt:
        """Sign messages as one transaction, all or nothing, and wait until it is durable.

        Raises:
            Rejected: a message broke a rule; nothing was written.
            Unavailable: the ledger is full or out of room; nothing was written.
        """
        return send(self.link, by, *messages)

    async def transact_async(self, *messages: Wire, by: Wallet) -> Receipt:
        """Do as `transact` does, without blocking the event loop; a full queue is `Unavailable` at once.

        A caller that is cancelled, or runs into a timeout, does not know what became of the transaction.
        """
        future = self.link.submit(sign_for(self.link, by, [messages]))
        # Shielded: a caller that gives up must not cancel what the engine is about to answer.
        (outcome,) = await asyncio.shield(asyncio.wrap_future(future))
        if not isinstance(outcome, Committed):
            raise outcome
        return receipt_of(outcome)

    def submit(self, transactions: Sequence[bytes]) -> list[Receipt | Exception]:
        """Send envelopes that were signed elsewhere; one receipt or error each, in order."""
        if isinstance(transactions, bytes | bytearray | memoryview):
            raise TypeError("submit takes a sequence of envelopes: put a single one into a list")
        outcomes = self.link.submit(transactions, wait_s=30.0).result()
        return [receipt_of(one) if isinstance(one, Committed) else one for one in outcomes]

    def query(self, module: str, query: str, /, **arguments: Any) -> Any:
        """Answer a query of a module."""
        return self.link.query(module, query, **arguments)

    def close(self) -> None:
        """Finish what is queued and let go of the ledger."""
        self.link.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<muniment ledger {self.chain}>"

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.status(self.status())


def open_ledger(
    path: str | os.PathLike[str],
    *,
    create: bool = True,
    name: str | None = None,
    admins: object = (),
    keep_blocks: int | None = None,
    read_only: bool = False,
) -> Ledger:
    """Open the ledger in a directory; create it if there is none.

    Args:
        path: The directory.
        create: Make a ledger if the directory is empty or absent.
        name: For a new one: starts its chain id.
        admins: For a new one: account or accounts that register all others; none leaves registration open to everyone.
        keep_blocks: How many blocks back the state stays provable.
        read_only: Only look, also while another process writes; nothing is created.

    Raises:
        NotALedger: the directory holds something else (or nothing, and `create` is off).
        FormatUnknown: another version of muniment wrote it.
        InUse: another process has it open.
        Halted: it is damaged.
    """
    from muniment.client.local import Local
    from muniment.client.opening import observed, opened

    if read_only:
        return Ledger(Local(observed(Path(path))))
    return Ledger(Local(opened(Path(path), create=create, name=name, admins=admins, keep_blocks=keep_blocks)))

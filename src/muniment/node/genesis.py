"""The first page of a ledger: who it is, and the state it starts from."""

from __future__ import annotations

from typing import Any

import msgspec

from muniment import app
from muniment.core.block import Head
from muniment.core.chain import Closed, Trees, checkpoint, close
from muniment.core.codec import format_of
from muniment.core.errors import Rejected
from muniment.core.machine import Executed, Machine, Moment
from muniment.core.merkle import EMPTY_ROOT, Frontier
from muniment.core.note import Signer, sign_note
from muniment.core.state import Bottom, Overlay
from muniment.storage.ledger_store import LedgerStore, Writer

FORMAT = "muniment genesis 1"
_NEW = Head(-1, 0, bytes(32), EMPTY_ROOT, 0)


class GenesisMalformed(Rejected, code=63):
    """A genesis that cannot be used."""

    reason: str
    text = "the genesis is malformed: {reason}"
    fix = "see docs/formats.md, section Genesis"


class Genesis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a ledger starts from; the same genesis and the same log give the same state everywhere.

    Attributes:
        chain: Chain id, also the origin of its checkpoints.
        time_ms: Unix milliseconds of its making.
        log_key: Verifier key of its checkpoints (C2SP signed-note).
        modules: Each module's part, by name.
        format: Names this form.
    """

    chain: str
    time_ms: int
    log_key: str
    modules: dict[str, msgspec.Raw] = {}
    format: str = FORMAT

    def encode(self) -> bytes:
        """Return the bytes that are kept with the ledger."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, data: bytes) -> Genesis:
        """Return the genesis in `data`.

        Raises:
            GenesisMalformed: it is not one, or of an unknown format.
        """
        if (found := format_of(data)) != FORMAT:
            raise GenesisMalformed(reason=f"its format is {found!r}, not {FORMAT!r}")
        try:
            return msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise GenesisMalformed(reason=str(error)) from None

    def parts(self) -> dict[str, Any]:
        """Return each module's part, typed.

        Raises:
            GenesisMalformed: a part for an unknown module, or not of the module's type.
        """
        types = {module.name: module.genesis_type for module in app.MODULES if module.genesis_type}
        if unknown := set(self.modules) - set(types):
            raise GenesisMalformed(reason=f"there is no module {min(unknown)!r} with a genesis")
        try:
            return {name: msgspec.json.decode(raw, type=types[name]) for name, raw in self.modules.items()}
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise GenesisMalformed(reason=str(error)) from None


def check_genesis(genesis: Genesis, machine: Machine) -> None:
    """Refuse a genesis from which the modules cannot start.

    Raises:
        GenesisMalformed, or what a module says.
    """
    machine.genesis(Overlay(_Nothing()), genesis.parts(), time_ms=genesis.time_ms)


def close_genesis(genesis: Genesis, machine: Machine, trees: Trees) -> Closed:
    """Return block 0: no transactions, the state that the modules start from."""
    overlay = Overlay(_Nothing())
    machine.genesis(overlay, genesis.parts(), time_ms=genesis.time_ms)
    executed = Executed([], [], [], [], [], overlay)
    return close(executed, moment=Moment(0, genesis.time_ms, 0), before=_NEW, trees=trees)


def write_genesis(store: LedgerStore, genesis: Genesis, machine: Machine, signer: Signer) -> None:
    """Write block 0 of a new store."""
    with store.writer() as writer:
        closed = close_genesis(genesis, machine, _trees(writer))
        note = sign_note(checkpoint(closed.head, origin=genesis.chain).encode(), [signer])
        writer.write(closed, note=note, keep_blocks=store.keep_blocks)


def _trees(writer: Writer) -> Trees:
    return Trees(Frontier(), writer.tile, writer.page)


class _Nothing(Bottom):
    """A reader of an empty ledger."""

    def __init__(self) -> None:
        super().__init__(self)

    def value_bytes(self, key: bytes) -> bytes | None:
        """Return nothing."""

    def fact_bytes(self, key: bytes) -> bytes | None:
        """Return nothing."""

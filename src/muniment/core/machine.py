"""The state machine: blocks in, receipts and changes out. Pure: state is a function of genesis and the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial, reduce
from hashlib import sha256
from operator import or_
from typing import Any, NamedTuple

from muniment.core.block import NO_EFFECTS, Receipt, encode_effects
from muniment.core.codec import Wire, encode
from muniment.core.errors import OK, UNFORESEEN, Halted, Rejected
from muniment.core.module import Context, Handler, Module, Prepare, Slot
from muniment.core.state import Overlay, Reader
from muniment.core.transaction import Duplicate, Transaction, TransactionCodec, Window, check_expiry

_log = logging.getLogger("muniment")
_NO_EFFECTS_DIGEST = sha256(NO_EFFECTS).digest()


class Unforeseen(Rejected, code=UNFORESEEN):
    """A handler failed in a way nobody foresaw; the transaction changed nothing."""

    error: str
    text = "the ledger could not process the message ({error}); nothing was changed"
    fix = "please report it with the transaction; the node's log has the details"


#: What modules computed ahead, by id of the transaction and index of the message.
Prepared = Mapping[tuple[bytes, int], Any]


class Executed(NamedTuple):
    """What executing transactions gave; the verdicts are in the order given, None where one went through.

    Attributes:
        kept: The transactions that got a receipt.
        spent: For each of them, whether it used its id up.
        receipts: Their encoded receipts.
        effects: Their encoded effects.
        verdicts: One a transaction given: None, or why it was rejected.
        overlay: All writes.
    """

    kept: list[Transaction]
    spent: list[bool]
    receipts: list[bytes]
    effects: list[bytes]
    verdicts: list[Rejected | None]
    overlay: Overlay


class _Deed(NamedTuple):
    """What one transaction did."""

    verdict: Rejected | None
    events: Sequence[bytes]
    data: bytes
    spent: bool


class Moment(NamedTuple):
    """Where and when a block is executed: height, Unix milliseconds, size of the log before it."""

    height: int
    time_ms: int
    position: int


class Machine:
    """A list of modules, as one state machine.

    Args:
        modules: In the order of genesis and invariants; exactly one says who is authorised.
    """

    def __init__(self, modules: Sequence[Module]) -> None:
        self.modules = tuple(modules)
        self.handlers: dict[type, Handler] = {}
        for module in modules:
            for message, handler in module.handlers.items():
                self.handlers[message] = handler
        authorizers = [module.authorize for module in modules if module.authorize]
        if len(authorizers) != 1:
            raise TypeError(f"{len(authorizers)} modules authorise, exactly one must")
        self._authorize = authorizers[0]
        #: Engines that want to know how long the models take put a stop-watch around every `prepare` here.
        self.around_prepare: Callable[[Callable[[], Prepared]], Prepared] = _plainly
        self._preparers = [(frozenset(m.prepares), m.prepare) for m in modules if m.prepare]

    def codec(self, chain: str) -> TransactionCodec:
        """Return the decoder of this machine's transactions for one chain."""
        union: Any = reduce(or_, self.handlers) if self.handlers else Wire
        return TransactionCodec(union, chain=chain)

    def genesis(self, overlay: Overlay, parts: Mapping[str, Any], *, time_ms: int) -> None:
        """Write the first state; `parts` holds each module's part of the genesis, by name."""
        context = Context(overlay, sender=bytes(32), height=0, time_ms=time_ms, transaction=bytes(32))
        for module in self.modules:
            if module.genesis:
                module.genesis(context, parts.get(module.name))

    def execute(
        self,
        below: Reader,
        transactions: Sequence[Transaction],
        *,
        moment: Moment,
        window: Window,
        keep_rejected: bool = False,
    ) -> Executed:
        """Execute transactions whose signatures hold, in order, each all or nothing.

        Args:
            below: State before the block.
            transactions: Decoded and verified.
            moment: Height, time, and the position in the log of the first receipt.
            window: Ids accepted before; not changed.
            keep_rejected: Give rejected transactions a receipt too (an engine that cannot drop them from a block).
        """
        block = Overlay(below, caching=True)
        early = [_refusal(transaction, moment, window) for transaction in transactions]
        prepared = self._prepare(block, [t for t, verdict in zip(transactions, early, strict=True) if verdict is None])
        done = Executed([], [], [], [], [], block)
        fresh: set[bytes] = set()
        for transaction, verdict in zip(transactions, early, strict=True):
            if verdict is None:
                deed = self._perform(block, transaction, moment, len(done.kept), prepared, fresh)
            else:
                deed = _Deed(verdict, (), b"", False)
            done.verdicts.append(deed.verdict)
            if deed.verdict is None or keep_rejected:
                _keep(done, transaction, moment, deed)
                if deed.spent:
                    fresh.add(transaction.id)
        return done

    def check_invariants(self, reader: Reader) -> None:
        """Raise `Halted` if an invariant of a module does not hold."""
        for module in self.modules:
            for check in module.invariants.values():
                check(reader)

    def _prepare(self, reader: Reader, transactions: Iterable[Transaction]) -> Prepared:
        prepared: dict[tuple[bytes, int], Any] = {}
        for kinds, prepare in self._preparers:
            slots = [
                Slot(transaction.id, index, transaction.payload.sender, message)
                for transaction in transactions
                for index, message in enumerate(transaction.payload.messages)
                if type(message) in kinds
            ]
            if slots:
                prepared.update(self.around_prepare(partial(_attempt, prepare, reader, slots)))
        return prepared

    def _perform(
        self,
        block: Overlay,
        transaction: Transaction,
        moment: Moment,
        offset: int,
        prepared: Prepared,
        fresh: Collection[bytes],
    ) -> _Deed:
        if transaction.id in fresh:
            return _Deed(Duplicate(transaction=transaction.id.hex()), (), b"", False)
        overlay = Overlay(block)
        spent = False
        try:
            self._authorize(overlay, transaction.payload, transaction.suite, transaction.key, moment.time_ms)
            # Only who may sign for the account can use the id up: a stranger who signs its payload cannot.
            spent = True
            events, data = self._handle(overlay, transaction, moment, offset, prepared)
        except Rejected as rejected:
            return _Deed(bare(rejected), (), b"", spent)
        except (Halted, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - style.md: an unforeseen failure costs its transaction only
            _log.exception("handler failed on transaction %s", transaction.id.hex())
            return _Deed(Unforeseen(error=type(error).__name__), (), b"", spent)
        block.merge(overlay)
        return _Deed(None, events, data, True)

    def _handle(
        self, overlay: Overlay, transaction: Transaction, moment: Moment, offset: int, prepared: Prepared
    ) -> tuple[list[bytes], bytes]:
        payload = transaction.payload
        context = Context(
            overlay,
            sender=payload.sender,
            height=moment.height,
            time_ms=moment.time_ms,
            transaction=transaction.id,
        )
        identity = (moment.position + offset) << 8
        returned = None
        for index, message in enumerate(payload.messages):
            context.identity = identity + index
            context.prepared = prepared.get((transaction.id, index)) if prepared else None
            answer = self.handlers[type(message)](context, message)
            if answer is not None:
                returned = [*(returned or ()), answer]
        return context.events, b"" if returned is None else encode(returned)


def bare(rejected: Rejected) -> Rejected:
    """Return a rejection without its trace, which would keep the whole block in memory as long as it is kept."""
    rejected.__traceback__ = rejected.__context__ = None
    return rejected


def _refusal(transaction: Transaction, moment: Moment, window: Window) -> Rejected | None:
    # Expiry first, so that no verdict depends on whether a window still holds an id that has expired.
    expires_ms = transaction.payload.expires_ms
    try:
        check_expiry(expires_ms, time_ms=moment.time_ms)
    except Rejected as rejected:
        return bare(rejected)
    if (transaction.id, expires_ms) in window:
        return Duplicate(transaction=transaction.id.hex())
    return None


def _plainly(prepare: Callable[[], Prepared]) -> Prepared:
    return prepare()


def _attempt(prepare: Prepare, reader: Reader, slots: Sequence[Slot]) -> Prepared:
    # Preparing only saves work: if it fails, every handler computes (and fails) for itself.
    try:
        return prepare(reader, slots)
    except (Halted, MemoryError):
        raise
    except Exception:  # noqa: BLE001
        _log.exception("preparing %d messages failed", len(slots))
        return {}


def _keep(done: Executed, transaction: Transaction, moment: Moment, deed: _Deed) -> None:
    code = OK if deed.verdict is None else deed.verdict.code
    effects = encode_effects(deed.events) if deed.events else NO_EFFECTS
    digest = sha256(effects).digest() if deed.events else _NO_EFFECTS_DIGEST
    receipt = Receipt(transaction.id, moment.height, moment.time_ms, code, deed.data, digest)
    done.kept.append(transaction)
    done.spent.append(deed.spent)
    done.receipts.append(encode(receipt))
    done.effects.append(effects)

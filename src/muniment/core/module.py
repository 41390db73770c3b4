"""The contract between the kernel and a module: what a module is made of, and what a handler is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from muniment.core.codec import Named, Wire, encode
from muniment.core.errors import Rejected
from muniment.core.state import Facts, Overlay, Reader

# An effect is the array [index of the message, event]: this is what stands before the event.
_BY_MESSAGE = tuple(b"\x92" + encode(index) for index in range(256))
_NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Context:
    """What a handler is given: the state, who asks, and where in the log it stands. No clock, no I/O.

    Attributes:
        store: Overlay of this transaction; dropped if a message is rejected.
        sender: Account id, 32 bytes.
        height: Height of the block being executed.
        time_ms: Time of the block, Unix milliseconds.
        transaction: Id of the transaction.
        identity: Number of this message in the log: position of the receipt x 256 + index of the message.
        prepared: What the module's `prepare` computed for this message, None if nothing.
    """

    __slots__ = ("events", "height", "identity", "prepared", "sender", "store", "time_ms", "transaction")

    def __init__(self, store: Overlay, *, sender: bytes, height: int, time_ms: int, transaction: bytes) -> None:
        self.store = store
        self.sender = sender
        self.height = height
        self.time_ms = time_ms
        self.transaction = transaction
        self.identity = 0
        self.prepared: Any = None
        self.events: list[bytes] = []

    def emit(self, event: Named) -> None:
        """Add an event to the effects of this transaction."""
        self.events.append(_BY_MESSAGE[self.identity & 0xFF] + encode(event))

    def keep(self, facts: Facts[Any], fact: Named) -> int:
        """Add an event that stays readable as a fact, under the identity of this message, which is returned."""
        encoded = encode(fact)
        self.events.append(_BY_MESSAGE[self.identity & 0xFF] + encoded)
        self.store.add_fact(facts.key(self.identity), fact, encoded)
        return self.identity


class Slot(NamedTuple):
    """A message of a block: id of its transaction, index in it, who sends it, and what it says."""

    transaction: bytes
    message: int
    sender: bytes
    content: Any


Handler = Callable[[Context, Any], Any]
Prepare = Callable[[Reader, Sequence[Slot]], Mapping[tuple[bytes, int], Any]]


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module, wired: everything the kernel and the edges need to know of it.

    Attributes:
        name: Its folder and its prefix in names people type.
        handlers: Handler of each message type (tagged `Wire` structs).
        events: Every event type it emits.
        errors: Every rejection it declares.
        queries: Reads by name: `query(reader, **arguments)`.
        invariants: Sentences that must hold, by name: `check(reader)` raises `Halted`.
        genesis: Writes the module's first state from its part of the genesis file.
        genesis_type: Type of that part.
        prepare: Pure batch computation over a block's messages, given the state at its start; a handler must come
            to the same result without it.
        authorize: Set by the one module that says who may sign for whom: `(store, payload, suite, key, time_ms)`.
    """

    name: str
    handlers: Mapping[type[Wire], Handler] = field(default_factory=lambda: _NOTHING)
    events: tuple[type[Named], ...] = ()
    errors: tuple[type[Rejected], ...] = ()
    queries: Mapping[str, Callable[..., Any]] = field(default_factory=lambda: _NOTHING)
    invariants: Mapping[str, Callable[[Reader], None]] = field(default_factory=lambda: _NOTHING)
    genesis: Callable[[Context, Any], None] | None = None
    genesis_type: type[msgspec.Struct] | None = None
    prepare: Prepare | None = None
    prepares: tuple[type[Wire], ...] = ()
    authorize: Callable[[Overlay, Any, int, bytes, int], None] | None = None

"""A ledger on dictionaries: modules run in the real machine, without signatures, disks or engines.

    harness = Harness(records.module())
    outcome = harness.submit(actor("ann"), AnchorRecord(...))
    outcome.events, outcome.returned, outcome.identity
    harness.reject(RecordUnknown, actor("bob"), AmendRecord(...))   # asserts that nothing was written
    harness.leaves_no_trace(actor("ann"), AnchorRecord(...))        # writes, then a later message rejects
    harness.query("record", record=outcome.identity)

Every transaction goes through the real codec, so a message whose types are wrong is caught. Invariants of all
modules are checked after every block.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from hashlib import sha256
from operator import or_
from typing import Any, NamedTuple, TypeVar

import msgspec
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from muniment.core.block import Receipt, receipt_codec
from muniment.core.codec import Named, Wire
from muniment.core.errors import Rejected
from muniment.core.keys import ED25519, ML_DSA_65, account_id
from muniment.core.machine import Executed, Machine, Moment
from muniment.core.module import Context, Module
from muniment.core.state import Bottom
from muniment.core.transaction import Payload, Transaction, Window, encode_envelope, encode_payload

CHAIN = "harness"
START_MS = 1_700_000_000_000
BLOCK_MS = 1_000

R = TypeVar("R", bound=Rejected)


class Refuse(Wire, frozen=True, tag="probe.refuse"):
    """Is always rejected: put after another message, it shows whether that one leaves a trace."""


class ProbeRefused(Rejected, code=9_990):
    """The probe message was executed."""

    text = "the probe refuses"


def refuse(_ctx: Context, _msg: Refuse) -> None:
    """Reject."""
    raise ProbeRefused


PROBE = Module(name="probe", handlers={Refuse: refuse}, errors=(ProbeRefused,))
ANYONE = Module(name="anyone", authorize=lambda *_: None)


class Actor(NamedTuple):
    """Who sends: an account and the key it signs with. `seed` makes real signatures where a test needs them."""

    id: bytes
    suite: int
    key: bytes
    seed: bytes = b""

    def sign(self, digest: bytes) -> bytes:
        """Sign a digest with the key of this actor."""
        ed = b"" if self.suite == ML_DSA_65 else crypto_sign(digest, crypto_sign_seed_keypair(self.seed)[1])[:64]
        return ed if self.suite == ED25519 else ed + _ml_dsa(self.seed).sign(digest, b"muniment")

    def of(self, account: bytes) -> Actor:
        """Return the same key, used for another account (after a rotation)."""
        return self._replace(id=account)


def actor(name: str, suite: int = ED25519) -> Actor:
    """Return the actor of that name: always the same key, and the account id that belongs to it."""
    seed = sha256(name.encode()).digest()
    ed = b"" if suite == ML_DSA_65 else crypto_sign_seed_keypair(seed)[0]
    post_quantum = b"" if suite == ED25519 else _ml_dsa(seed).public_key().public_bytes_raw()
    key = ed + post_quantum
    return Actor(account_id(suite, key), suite, key, seed)


class DictStore:
    """The smallest store: values and facts in dictionaries."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.facts: dict[bytes, bytes] = {}

    def value_bytes(self, key: bytes) -> bytes | None:
        """Return the value of `key`."""
        return self.values.get(key)

    def fact_bytes(self, key: bytes) -> bytes | None:
        """Return the fact under `key`."""
        return self.facts.get(key)

    def apply(self, executed: Executed) -> None:
        """Take over what executing a block wrote."""
        for key, value in executed.overlay.changes():
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = value
        self.facts.update(executed.overlay.encoded_facts)


class Outcome(NamedTuple):
    """What became of one transaction.

    Attributes:
        rejected: Why, None if it went through.
        events: Its events, decoded into their types.
        returned: What its handlers returned, decoded: one item a message that returned something.
        identity: Identity of its first message (that of message i is `identity + i`), -1 if rejected.
        receipt: None if rejected.
    """

    rejected: Rejected | None
    events: tuple[Named, ...] = ()
    returned: tuple[Any, ...] = ()
    identity: int = -1
    receipt: Receipt | None = None


class Harness:
    """A machine of the given modules over dictionaries.

    Args:
        modules: What to test; `ANYONE` authorises if none of them does.
        genesis: Parts of the genesis, by module name.
    """

    def __init__(self, *modules: Module, genesis: Mapping[str, Any] | None = None) -> None:
        authorises = any(module.authorize for module in modules)
        self.machine = Machine([*modules, PROBE, *(() if authorises else (ANYONE,))])
        self.store = DictStore()
        self.reader = Bottom(self.store)
        self.height, self.time_ms, self.position = 0, START_MS, 0
        self._codec = self.machine.codec(CHAIN)
        self._window = Window()
        self._nonce = 0
        events = [event for module in modules for event in module.events]
        event: Any = reduce(or_, events) if events else Named
        self._effects: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(tuple[tuple[int, event], ...])
        self._begin(genesis or {})

    def transaction(self, sender: Actor | bytes, *messages: Wire, sequence: int | None = None) -> Transaction:
        """Return a decoded transaction, as the node would hand it to the machine.

        Raises:
            Rejected: it is not well formed.
        """
        self._nonce += 1
        by = sender if isinstance(sender, Actor) else Actor(sender, ED25519, bytes(32))
        payload = Payload(CHAIN, by.id, messages, self.time_ms + 60_000, self._nonce.to_bytes(16, "big"), sequence)
        raw = encode_envelope(encode_payload(payload), suite=by.suite, key=by.key, signature=bytes(64))
        return self._codec.decode(raw)

    def block(self, *transactions: Transaction) -> list[Outcome]:
        """Execute and keep one block; return one outcome a transaction."""
        self.height += 1
        self.time_ms += BLOCK_MS
        self._window.expire(self.time_ms)
        executed = self.dry_run(*transactions)
        outcomes = self._outcomes(executed)
        self.store.apply(executed)
        for kept in executed.kept:
            self._window.add(kept.id, kept.payload.expires_ms)
        self.position += len(executed.kept)
        self.machine.check_invariants(self.reader)
        return outcomes

    def dry_run(self, *transactions: Transaction) -> Executed:
        """Execute at the present height and time, and change nothing."""
        moment = Moment(self.height, self.time_ms, self.position)
        return self.machine.execute(self.reader, transactions, moment=moment, window=self._window)

    def submit(self, sender: Actor | bytes, *messages: Wire, sequence: int | None = None) -> Outcome:
        """Execute one transaction in a block of its own; a malformed one gives an outcome too."""
        try:
            transaction = self.transaction(sender, *messages, sequence=sequence)
        except Rejected as rejected:
            return Outcome(rejected)
        return self.block(transaction)[0]

    def accept(self, sender: Actor | bytes, *messages: Wire, sequence: int | None = None) -> Outcome:
        """Submit, and raise if it is rejected."""
        outcome = self.submit(sender, *messages, sequence=sequence)
        if outcome.rejected is not None:
            raise outcome.rejected
        return outcome

    def reject(self, kind: type[R], sender: Actor | bytes, *messages: Wire, sequence: int | None = None) -> R:
        """Submit, assert that it is rejected with exactly `kind` and wrote nothing; return the rejection."""
        before = self.snapshot()
        outcome = self.submit(sender, *messages, sequence=sequence)
        assert type(outcome.rejected) is kind, f"expected {kind.__name__}, got {outcome}"
        assert self.snapshot() == before, "a rejected transaction left a trace"
        return outcome.rejected

    def leaves_no_trace(self, sender: Actor | bytes, *messages: Wire) -> None:
        """Assert that messages that go through alone write nothing when a later message rejects."""
        executed = self.dry_run(self.transaction(sender, *messages))
        assert executed.verdicts == [None], f"the messages must go through alone, got {executed.verdicts}"
        self.reject(ProbeRefused, sender, *messages, Refuse())

    def snapshot(self) -> tuple[dict[bytes, bytes], dict[bytes, bytes]]:
        """Return a copy of all values and facts."""
        return dict(self.store.values), dict(self.store.facts)

    def query(self, name: str, **arguments: Any) -> Any:
        """Answer a module's query on the present state."""
        found = [module.queries[name] for module in self.machine.modules if name in module.queries]
        assert len(found) == 1, f"{len(found)} modules have a query {name!r}"
        return found[0](self.reader, **arguments)

    def _begin(self, parts: Mapping[str, Any]) -> None:
        executed = self.dry_run()
        self.machine.genesis(executed.overlay, parts, time_ms=self.time_ms)
        self.store.apply(executed)
        self.machine.check_invariants(self.reader)

    def _outcomes(self, executed: Executed) -> list[Outcome]:
        kept = iter(zip(executed.receipts, executed.effects, strict=True))
        outcomes: list[Outcome] = []
        position = self.position
        for verdict in executed.verdicts:
            if verdict is not None:
                outcomes.append(Outcome(verdict))
                continue
            encoded, effects = next(kept)
            receipt = receipt_codec.decode(encoded)
            assert sha256(effects).digest() == receipt.effects
            returned = tuple(msgspec.msgpack.decode(receipt.data)) if receipt.data else ()
            events = tuple(event for _, event in self._effects.decode(effects))
            outcomes.append(Outcome(None, events, returned, position << 8, receipt))
            position += 1
        return outcomes


def _ml_dsa(seed: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey

    return MLDSA65PrivateKey.from_seed_bytes(seed)

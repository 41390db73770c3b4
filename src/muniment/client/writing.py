"""Signing messages into transactions, sending them, and telling what became of them."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from muniment.client.link import Link
from muniment.client.wallet import Wallet
from muniment.core.block import receipt_codec
from muniment.core.codec import Wire
from muniment.core.proof import plain
from muniment.core.transaction import Payload, encode_envelope, encode_payload, signing_digest
from muniment.engines.contract import Committed, Outcome

#: How long a signed transaction stays valid unless told otherwise.
EXPIRY_MS = 120_000
#: How long a single call waits for room in the queue before it says `Unavailable`.
WAIT_S = 30.0
#: How long a stream waits for room: less than its transactions stay valid.
STREAM_WAIT_S = 60.0

_NONCE_BYTES = 16


class Receipt(NamedTuple):
    """A durable transaction.

    Attributes:
        transaction: Id, hex.
        position: Place of its receipt in the log.
        height: Block.
        time_ms: Time of the block.
        events: What it did, as (index of the message, event).
    """

    transaction: str
    position: int
    height: int
    time_ms: int
    events: list[tuple[int, dict[str, Any]]]

    @property
    def identity(self) -> int:
        """The number of what the first message made."""
        return self.position << 8

    def _repr_html_(self) -> str:
        from muniment.client.display import receipt

        return receipt(self)


def receipt_of(committed: Committed) -> Receipt:
    """Return the readable form of a committed transaction."""
    receipt = receipt_codec.trusted(committed.receipt)
    effects = msgspec.msgpack.decode(committed.effects, type=list[tuple[int, dict[str, Any]]])
    return Receipt(
        receipt.transaction.hex(),
        committed.position,
        committed.height,
        receipt.time_ms,
        [(index, plain(event)) for index, event in effects],
    )


def sign(chain: str, wallet: Wallet, messages: Sequence[Wire], *, expires_ms: int | None = None) -> bytes:
    """Return an encoded, signed envelope.

    Args:
        chain: Chain id.
        wallet: Who signs.
        messages: 1 to 256, all or nothing.
        expires_ms: Unix milliseconds; two minutes from now unless given, at most ten.

    Raises:
        TypeError: `wallet` is no wallet, and so cannot sign.
    """
    return _sign_all(chain, wallet, [tuple(messages)], expires_ms=expires_ms)[0]


def sign_for(link: Link, wallet: Wallet, contents: Sequence[tuple[Wire, ...]]) -> list[bytes]:
    """Sign each tuple of messages as a transaction for the ledger behind `link`, valid two minutes from its time.

    Its time, not ours: a ledger whose clock was once ahead would find everything expired.
    """
    return _sign_all(link.chain, wallet, contents, expires_ms=link.time_ms() + EXPIRY_MS)


def send(link: Link, wallet: Wallet, *messages: Wire) -> Receipt:
    """Sign messages as one transaction, wait until it is durable, return its receipt.

    Raises:
        Rejected: a message broke a rule; nothing was written.
        Unavailable: the ledger is full or out of room; nothing was written.
    """
    (outcome,) = link.submit(sign_for(link, wallet, [messages]), wait_s=WAIT_S).result()
    if not isinstance(outcome, Committed):
        raise outcome
    return receipt_of(outcome)


def stream(
    link: Link, wallet: Wallet, messages: Iterable[Wire], *, batch: int = 512, ahead: int = 8
) -> Iterator[tuple[float, list[Outcome]]]:
    """Sign each message as a transaction of its own and send them in batches, a few batches ahead.

    Whatever goes wrong, what was on its way is yielded first: the messages without an outcome when the error is
    raised are those from the first one not yielded on. After `Unavailable`, or an error of `messages` itself, none
    of these was sent; after `Halted` the ledger cannot say which of them are durable.

    Args:
        link: Way to the ledger.
        wallet: Who signs.
        messages: One a transaction.
        batch: Transactions handed over at a time.
        ahead: Batches on their way at the same time.

    Yields:
        For each batch, in order: seconds from handing it over to durable, and one outcome a message.

    Raises:
        Unavailable: the ledger takes no more, or is closed.
        Halted: it stopped.
    """
    flying: deque[_Flight] = deque()
    failed: Exception | None = None
    for launched in _launched(link, wallet, messages, batch):
        if isinstance(launched, Exception):
            failed = launched
            break
        flying.append(launched)
        if len(flying) >= ahead:
            yield flying.popleft().landed()
    while flying:
        yield flying.popleft().landed()
    if failed is not None:
        raise failed


class _Flight:
    """A batch on its way."""

    def __init__(self, link: Link, envelopes: list[bytes]) -> None:
        self._began = time.perf_counter()
        self._ended: float | None = None
        self._future = link.submit(envelopes, wait_s=STREAM_WAIT_S)
        self._future.add_done_callback(self._note)

    def landed(self) -> tuple[float, list[Outcome]]:
        """Wait; return the seconds it took and the outcomes."""
        outcomes = self._future.result()
        ended = time.perf_counter() if self._ended is None else self._ended
        return ended - self._began, outcomes

    def _note(self, _: Future[list[Outcome]]) -> None:
        self._ended = time.perf_counter()


def _launched(link: Link, wallet: Wallet, messages: Iterable[Wire], batch: int) -> Iterator[_Flight | Exception]:
    """Yield batches as they are sent, or at the end what kept one from being sent."""
    source = iter(messages)
    try:
        while part := list(islice(source, batch)):
            yield _Flight(link, sign_for(link, wallet, [(message,) for message in part]))
    except Exception as error:  # noqa: BLE001 - what is on its way has to be told first; then this is raised
        yield error


def _sign_all(
    chain: str, wallet: Wallet, contents: Sequence[tuple[Wire, ...]], *, expires_ms: int | None = None
) -> list[bytes]:
    if not isinstance(wallet, Wallet):
        raise TypeError(f"by= takes a Wallet, which can sign; given {type(wallet).__name__}: {wallet!r:.80}")
    expires = time.time_ns() // 1_000_000 + EXPIRY_MS if expires_ms is None else expires_ms
    suite, key, account = wallet.suite, wallet.public_key, wallet.account
    # One call for all nonces: each gives the interpreter lock away, which costs far more than the bytes.
    nonces = secrets.token_bytes(_NONCE_BYTES * len(contents))
    envelopes = []
    for number, messages in enumerate(contents):
        nonce = nonces[_NONCE_BYTES * number : _NONCE_BYTES * (number + 1)]
        payload = encode_payload(Payload(chain, account, messages, expires, nonce))
        signature = wallet.sign(signing_digest(chain, suite, payload))
        envelopes.append(encode_envelope(payload, suite=suite, key=key, signature=signature))
    return envelopes

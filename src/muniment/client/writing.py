"""Signing messages into transactions, sending them, and telling what became of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
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
    """
    expires = expires_ms if expires_ms is not None else time.time_ns() // 1_000_000 + EXPIRY_MS
    payload = encode_payload(Payload(chain, wallet.account, tuple(messages), expires, secrets.token_bytes(16)))
    signature = wallet.sign(signing_digest(chain, wallet.suite, payload))
    return encode_envelope(payload, suite=wallet.suite, key=wallet.public_key, signature=signature)


def send(link: Link, wallet: Wallet, *messages: Wire) -> Receipt:
    """Sign messages as one transaction, wait until it is durable, return its receipt.

    Raises:
        Rejected: a message broke a rule; nothing was written.
        Unavailable: the ledger is full or out of room; nothing was written.
    """
    (outcome,) = link.submit([sign(link.chain, wallet, messages)], wait_s=WAIT_S).result()
    if not isinstance(outcome, Committed):
        raise outcome
    return receipt_of(outcome)


def stream(
    link: Link, wallet: Wallet, messages: Iterable[Wire], *, batch: int = 512, ahead: int = 8
) -> Iterator[tuple[float, list[Outcome]]]:
    """Sign each message as a transaction of its own and send them in batches, a few batches ahead.

    Args:
        link: Way to the ledger.
        wallet: Who signs.
        messages: One a transaction.
        batch: Transactions handed over at a time.
        ahead: Batches on their way at the same time.

    Yields:
        For each batch, in order: seconds from handing it over to durable, and one outcome a message.
    """
    flying: list[tuple[list[float], Future[list[Outcome]]]] = []
    for envelopes in _batches((sign(link.chain, wallet, (message,)) for message in messages), batch):
        flying.append(_launch(link, envelopes))
        if len(flying) >= ahead:
            yield _landed(*flying.pop(0))
    for one in flying:
        yield _landed(*one)


def _launch(link: Link, envelopes: list[bytes]) -> tuple[list[float], Future[list[Outcome]]]:
    times = [time.perf_counter()]
    future = link.submit(envelopes, wait_s=60 * WAIT_S)
    future.add_done_callback(lambda _: times.append(time.perf_counter()))
    return times, future


def _landed(times: list[float], future: Future[list[Outcome]]) -> tuple[float, list[Outcome]]:
    outcomes = future.result()
    return (times[1] if len(times) > 1 else time.perf_counter()) - times[0], outcomes


def _batches(items: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

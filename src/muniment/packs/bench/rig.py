"""What the measurements share: a ledger in a temporary directory, signed load, and raw rates to compare with."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from nacl.bindings import crypto_sign_open

from muniment.client.ledger import Ledger, open_ledger
from muniment.client.local import Local
from muniment.client.wallet import Wallet
from muniment.client.writing import sign
from muniment.core.codec import Wire
from muniment.core.transaction import decode_envelope, signing_digest
from muniment.engines.contract import Committed, Outcome
from muniment.modules.records.messages import AnchorRecord
from muniment.node.node import Node

#: Threads of the raw rate: the target's two cores.
THREADS = 2
_CHUNK = 128
_EXPIRY_MS = 590_000


@contextmanager
def temporary_ledger() -> Iterator[Ledger]:
    """Give a new ledger on this machine's disk; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as folder, open_ledger(Path(folder) / "ledger") as it:
        yield it


def anchor_message(number: int) -> AnchorRecord:
    """Return a record anchor; the payload around it has about 200 bytes."""
    return AnchorRecord(
        root=number.to_bytes(32, "little"),
        rows=1_000,
        name=f"batch {number:09d}",
        kind="stream",
        row_bytes=256_000,
        schema=bytes(32),
    )


def signed(chain: str, wallet: Wallet, messages: Sequence[Wire]) -> list[bytes]:
    """Sign each message as a transaction of its own."""
    expires_ms = time.time_ns() // 1_000_000 + _EXPIRY_MS
    return [sign(chain, wallet, (message,), expires_ms=expires_ms) for message in messages]


def payload_bytes(envelope: bytes) -> int:
    """Return the size of a transaction's payload."""
    return len(decode_envelope(envelope).payload)


def raw_rate(envelopes: Sequence[bytes], chain: str) -> float:
    """Return Ed25519 verifications a second of the same signatures on two threads, and nothing else."""
    items = []
    for raw in envelopes:
        envelope = decode_envelope(raw)
        (one,) = envelope.signatures
        items.append((one.signature + signing_digest(chain, one.suite, envelope.payload), one.key))
    chunks = [items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK)]
    with ThreadPoolExecutor(THREADS) as pool:
        began = time.perf_counter()
        list(pool.map(_open_all, chunks))
        return len(items) / (time.perf_counter() - began)


def ingest(ledger: Ledger, envelopes: Sequence[bytes], *, batch: int = 512) -> float:
    """Submit envelopes as fast as the ledger takes them; returns the seconds until all are durable."""
    link = ledger.link
    began = time.perf_counter()
    futures: list[Future[list[Outcome]]] = [
        link.submit(envelopes[at : at + batch], wait_s=600.0) for at in range(0, len(envelopes), batch)
    ]
    for future in futures:
        for outcome in future.result():
            if not isinstance(outcome, Committed):
                raise outcome
    return time.perf_counter() - began


def repeated(times: int, measure: Callable[[], float]) -> dict[str, float]:
    """Return minimum, median and maximum of a figure."""
    figures = sorted(measure() for _ in range(times))
    return {"min": figures[0], "median": median(figures), "max": figures[-1]}


def peak_memory_mb() -> float:
    """Return the most memory this process has held so far, in MB of 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def tally(ledger: Ledger) -> Any:
    """Return the engine's own account of its time."""
    node = ledger.link.node if isinstance(ledger.link, Local) else None
    if not isinstance(node, Node):
        raise TypeError("only a ledger that this process writes has a tally")
    return node.engine.tally


def _open_all(chunk: Sequence[tuple[bytes, bytes]]) -> None:
    for message, key in chunk:
        crypto_sign_open(message, key)

"""A real ledger in a directory: the store, the engine and signatures as in use.

    with ledger(tmp_path / "ledger") as node:
        outcomes = submit(node, anchors(node, ann(), count=10))

Wallets are made from fixed seeds and nonces are counted, so that a test always signs the same bytes for a chain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from muniment.client.wallet import Wallet
from muniment.core.block import Head
from muniment.core.codec import Wire
from muniment.core.transaction import Payload, encode_envelope, encode_payload, signing_digest
from muniment.engines.contract import Committed, Outcome
from muniment.engines.embedded import Limits, now_ms
from muniment.modules.accounts.messages import RegisterAccount
from muniment.modules.records.messages import AmendRecord, AnchorRecord
from muniment.node.home import Home
from muniment.node.node import Node, create
from muniment.storage.ledger_store import KEEP_BLOCKS, LedgerStore

WAIT_S = 60.0
_nonces = count(1)


def wallet(name: str = "ann") -> Wallet:
    """Return the wallet of that name: always the same keys."""
    return Wallet.from_seed(name, sha256(name.encode()).digest())


@contextmanager
def ledger(
    path: Path,
    *,
    limits: Limits | None = None,
    keep_blocks: int = KEEP_BLOCKS,
    modules: dict[str, Any] | None = None,
    clock: Callable[[], int] = now_ms,
) -> Iterator[Node]:
    """Open the ledger in `path`, which is made if it is absent, and close it."""
    if not (path / "store" / "data.mdb").exists():
        create(path, name="harness", modules=modules, clock=clock)
    store = LedgerStore(Home(path).store, keep_blocks=keep_blocks)
    try:
        node = Node(Home(path), store, limits=limits, clock=clock)
    except BaseException:
        store.close()
        raise
    try:
        yield node
    finally:
        node.close()


def sign(
    chain: str,
    by: Wallet,
    *messages: Wire,
    expires_ms: int | None = None,
    nonce: bytes | None = None,
    sequence: int | None = None,
) -> bytes:
    """Return the envelope of a transaction."""
    payload = encode_payload(
        Payload(
            chain,
            by.account,
            messages,
            now_ms() + 300_000 if expires_ms is None else expires_ms,
            next(_nonces).to_bytes(16, "big") if nonce is None else nonce,
            sequence,
        )
    )
    signature = by.sign(signing_digest(chain, by.suite, payload))
    return encode_envelope(payload, suite=by.suite, key=by.public_key, signature=signature)


def anchor(number: int) -> AnchorRecord:
    """Return the message that anchors the data set of that number."""
    return AnchorRecord(sha256(b"data set %d" % number).digest(), rows=number + 1, name=f"data set {number}")


def anchors(node: Node, by: Wallet, *, count: int, first: int = 0) -> list[bytes]:
    """Return envelopes that anchor data sets `first` to `first + count`: each adds a fact, none a value."""
    return [sign(node.chain, by, anchor(number)) for number in range(first, first + count)]


def registrations(node: Node, *, count: int, first: int = 0) -> list[bytes]:
    """Return envelopes of accounts that register themselves: each adds a value to the map."""
    found = []
    for number in range(first, first + count):
        by = wallet(f"member {number}")
        found.append(sign(node.chain, by, RegisterAccount(by.suite, by.public_key, f"member {number}")))
    return found


def amendment(node: Node, by: Wallet, record: int, *, number: int = 0) -> bytes:
    """Return the envelope that amends a record: it adds a fact and writes the map."""
    root = sha256(b"amended %d" % number).digest()
    return sign(node.chain, by, AmendRecord(record, root, rows=1, reason="a test says so"))


def submit(node: Node, envelopes: Sequence[bytes]) -> list[Outcome]:
    """Submit and wait for what became of each."""
    return node.engine.submit(envelopes, wait_s=WAIT_S).result(timeout=WAIT_S)


def commit(node: Node, envelopes: Sequence[bytes]) -> list[Committed]:
    """Submit transactions that must all go through."""
    found = []
    for outcome in submit(node, envelopes):
        assert isinstance(outcome, Committed), outcome
        found.append(outcome)
    return found


def fill(node: Node, *, blocks: int = 6, transactions: int = 20) -> list[Committed]:
    """Write blocks of anchors, registrations and amendments, one submission a block."""
    ann, found = wallet(), []
    for _ in range(blocks):
        base = node.engine.head().log_size
        envelopes = anchors(node, ann, count=transactions - transactions // 4, first=base)
        envelopes += registrations(node, count=transactions // 4, first=base)
        done = commit(node, envelopes)
        found += done
        found += commit(node, [amendment(node, ann, done[0].position << 8, number=base)])
    return found


@contextmanager
def stalled(node: Node) -> Iterator[None]:
    """Keep the engine busy with one block until the `with` ends, so that what is submitted meanwhile must wait."""
    reached, go_on = threading.Event(), threading.Event()

    def hold(_head: Head) -> None:
        reached.set()
        assert go_on.wait(WAIT_S)

    node.engine.on_block(hold)
    first = node.engine.submit(anchors(node, wallet("stall"), count=1))
    assert reached.wait(WAIT_S)
    try:
        yield
    finally:
        go_on.set()
        first.result(timeout=WAIT_S)


def wait_for(condition: Any, *, seconds: float = WAIT_S) -> None:
    """Wait until `condition()` holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)

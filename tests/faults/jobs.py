"""What children do in the faults suite. Each says what it was told is durable, the moment it is told."""

from __future__ import annotations

import os
import random
import resource
import secrets
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.harness.forks import say
from tests.harness.ledger import WAIT_S, anchor, sign, wallet

from muniment.client.wallet import Wallet
from muniment.core.block import receipt_codec
from muniment.core.errors import Unavailable
from muniment.core.transaction import Duplicate
from muniment.engines.contract import Committed, Outcome
from muniment.engines.embedded import Limits
from muniment.modules.accounts.messages import RegisterAccount
from muniment.modules.records.messages import AmendRecord
from muniment.node.node import Node, create, open_node
from muniment.storage.errors import DiskFull

_WRITERS = 3
#: How a child ends that is told that there is no room.
NO_ROOM = 78
#: History is kept for so few blocks, so that pruning is under fire too.
KEEP_BLOCKS = 5


def load(path: str, seed: int) -> None:
    """Write from several threads, publish, close and open again, until killed."""
    dice = random.Random(seed)
    while True:
        node = _opened(Path(path))
        stop = threading.Event()
        with ThreadPoolExecutor(_WRITERS) as pool:
            writers = [pool.submit(_write, node, stop, dice.randrange(1 << 30)) for _ in range(_WRITERS)]
            time.sleep(dice.uniform(0.0, 0.1))
            node.publish()
            stop.set()
            for writer in writers:
                writer.result()
        node.close()


def make(path: str) -> None:
    """Make a ledger, open it and write one block."""
    node = _opened(Path(path))
    acknowledge(_submitted(node, _batch(node, wallet(), random.Random(1), 3)))
    node.close()


def write_some(path: str) -> None:
    """Open a ledger, write a few blocks, publish and close."""
    node = _opened(Path(path))
    dice = random.Random(2)
    for _ in range(3):
        acknowledge(_submitted(node, _batch(node, wallet(), dice, 4)))
    node.publish()
    node.close()


def acknowledge(outcomes: list[Outcome]) -> None:
    """Say which transactions are durable."""
    done = [receipt_codec.decode(one.receipt).transaction.hex() for one in outcomes if isinstance(one, Committed)]
    if done:
        say(" ".join(done))


def _opened(path: Path) -> Node:
    if not (path / "store" / "data.mdb").exists():
        create(path, name="faults")
    return open_node(path, keep_blocks=KEEP_BLOCKS, limits=Limits(block=64))


def _write(node: Node, stop: threading.Event, seed: int) -> None:
    dice = random.Random(seed)
    by = Wallet.from_seed("writer", dice.randbytes(32))
    while not stop.is_set():
        acknowledge(_submitted(node, _batch(node, by, dice, dice.randrange(1, 20))))


def _batch(node: Node, by: Wallet, dice: random.Random, count: int) -> list[bytes]:
    """Return anchors, registrations and amendments; not all amendments will go through."""
    size = node.engine.head().log_size
    envelopes = []
    for _ in range(count):
        number, nonce = dice.randrange(1 << 30), secrets.token_bytes(16)
        what = dice.random()
        if what < 0.6:
            envelopes.append(sign(node.chain, by, anchor(number), nonce=nonce))
        elif what < 0.8:
            other = Wallet.from_seed("member", secrets.token_bytes(32))
            message = RegisterAccount(other.suite, other.public_key, f"member {number}")
            envelopes.append(sign(node.chain, other, message, nonce=nonce))
        else:
            record = dice.randrange(max(1, size)) << 8
            amended = AmendRecord(record, dice.randbytes(32), rows=1, reason="a better version")
            envelopes.append(sign(node.chain, by, amended, nonce=nonce))
    return envelopes


def _submitted(node: Node, envelopes: list[bytes]) -> list[Outcome]:
    try:
        return node.engine.submit(envelopes, wait_s=WAIT_S).result(timeout=WAIT_S)
    except Unavailable:
        os._exit(NO_ROOM)


def write_until_full(path: str, ballast: str) -> None:
    """Write until there is no room, look around, make room by deleting the ballast, and go on with the same engine."""
    node = _opened(Path(path))
    dice = random.Random(3)
    refused = None
    while refused is None:
        envelopes = _batch(node, wallet(), dice, 30)
        outcomes = node.engine.submit(envelopes, wait_s=WAIT_S).result(timeout=WAIT_S)
        acknowledge(outcomes)
        refused = next((one for one in outcomes if isinstance(one, Unavailable)), None)
    assert isinstance(refused, DiskFull), refused
    head = node.engine.head()
    with node.view() as view:
        assert view.head() == head
    _make_room(ballast)
    # What was refused left no trace: the same transactions go through now.
    again = node.engine.submit(envelopes, wait_s=WAIT_S).result(timeout=WAIT_S)
    assert not any(isinstance(one, (Unavailable, Duplicate)) for one in again), again
    assert any(isinstance(one, Committed) for one in again)
    acknowledge(again)
    node.close()


def write_to_the_limit(path: str) -> None:
    """Write until the process is ended, or is told that there is no room."""
    node = _opened(Path(path))
    dice = random.Random(5)
    while True:
        outcomes = _submitted(node, _batch(node, wallet(), dice, 30))
        acknowledge(outcomes)
        if any(isinstance(one, Unavailable) for one in outcomes):
            os._exit(NO_ROOM)


def write_and_close_full(path: str) -> None:
    """Write until there is no room, and close without any: the log cannot be published, and nothing else happens."""
    node = _opened(Path(path))
    dice = random.Random(4)
    full = False
    while not full:
        outcomes = node.engine.submit(_batch(node, wallet(), dice, 30), wait_s=WAIT_S).result(timeout=WAIT_S)
        acknowledge(outcomes)
        full = any(isinstance(one, DiskFull) for one in outcomes)
    try:
        node.close()
    except Unavailable:
        say("")


def make_without_room(path: str) -> None:
    """Make a ledger where there is no room: it is refused in one sentence."""
    try:
        _opened(Path(path)).close()
    except DiskFull:
        os._exit(NO_ROOM)


def limited(limit_bytes: int, job: str, path: str) -> None:
    """Do a job while no file may become larger than this."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    {
        "write_until_full": lambda: write_until_full(path, ""),
        "write_and_close_full": lambda: write_and_close_full(path),
    }[job]()


def _make_room(ballast: str) -> None:
    if ballast:
        Path(ballast).unlink()
    else:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

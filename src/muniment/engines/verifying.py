"""Checking signatures on threads, off the interpreter lock, while the block before is executed.

When work piles up, each thread hands its signatures to a process of its own (`engines.apart`) and falls back to
checking them itself if that process fails.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from muniment.core import keys
from muniment.core.errors import Rejected
from muniment.core.machine import Unforeseen, bare
from muniment.core.transaction import SignatureInvalid, Transaction, TransactionCodec
from muniment.engines.apart import Child, ChildLost

_log = logging.getLogger("muniment")

#: Transactions handed to a thread at a time: long enough to make switching cheap, short enough to spread.
CHUNK = 128
CHUNK_BYTES = 1 << 20
#: With more chunks waiting than this, threads start processes: it pays from some thousand transactions on.
CROWD = 24
#: The interpreter's switch interval while processes are at work, in seconds.
SWITCH_S = 0.0005

Checked = Transaction | Rejected


Verify = Callable[[Sequence[keys.Signed]], list[bool]]


def check(codec: TransactionCodec, raws: Sequence[bytes], verify: Verify = keys.verify_many) -> list[Checked]:
    """Decode envelopes and verify their signatures; a bad one gives its rejection in its place."""
    try:
        return _checked(codec, raws, verify)
    except Exception as error:  # noqa: BLE001 - an envelope that breaks the checks must cost itself only
        if len(raws) == 1:
            _log.exception("checking a transaction failed")
            return [Unforeseen(error=type(error).__name__)]
        return [one for raw in raws for one in check(codec, [raw])]


def _checked(codec: TransactionCodec, raws: Sequence[bytes], verify: Verify) -> list[Checked]:
    found = [_decoded(codec, raw) for raw in raws]
    valid = verify([one.signed for one in found if isinstance(one, Transaction)])
    verdicts = iter(valid)
    return [
        one
        if isinstance(one, Rejected) or next(verdicts)
        else SignatureInvalid(sender=keys.encode_account(one.payload.sender))
        for one in found
    ]


class Verifiers:
    """A pool of threads that check chunks of envelopes.

    Args:
        codec: Decoder of the chain's transactions.
        threads: None for one a core, at least two.
        apart: Whether threads may start processes when work piles up.
    """

    def __init__(self, codec: TransactionCodec, *, threads: int | None = None, apart: bool = True) -> None:
        self._codec = codec
        self._apart = apart
        self._waiting = 0
        self._crowded = False
        self._own = threading.local()
        self._children: list[Child] = []
        self._switch_s = sys.getswitchinterval()
        count = threads or max(2, min(os.cpu_count() or 2, 8))
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="muniment-verify")

    def submit(self, raws: Sequence[bytes]) -> Future[list[Checked]]:
        """Check a chunk on some thread."""
        future = self._pool.submit(self._check, raws)
        # Counted without a lock: a miscount only moves the moment when processes are started.
        self._waiting += 1
        if self._waiting > CROWD:
            self._crowded = True
        return future

    def close(self) -> None:
        """Stop the threads and processes; what is queued is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for child in self._children:
            child.close()
        if self._children:
            sys.setswitchinterval(self._switch_s)

    @property
    def processes(self) -> int:
        """How many processes were started."""
        return len(self._children)

    def _check(self, raws: Sequence[bytes]) -> list[Checked]:
        self._waiting -= 1
        return check(self._codec, raws, self._verify)

    def _verify(self, items: Sequence[keys.Signed]) -> list[bool]:
        child = self._child() if self._crowded and self._apart else None
        if child is not None:
            try:
                return child.verify_many(items)
            except ChildLost as lost:
                _log.warning("a process that checks signatures was lost (%s); this thread goes on alone", lost)
                self._own.child = None
        return keys.verify_many(items)

    def _child(self) -> Child | None:
        """Return the process of this thread; it is started once, and not again after it was lost."""
        if not hasattr(self._own, "child"):
            self._own.child = None
            try:
                child = Child()
            except ChildLost as lost:
                _log.info("signatures are checked on threads only: %s", lost)
            else:
                self._children.append(child)
                self._own.child = child
                # Threads that wait for an answer must not wait for a whole block to be executed before they read it.
                sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_S))
        found: Child | None = self._own.child
        return found


def _decoded(codec: TransactionCodec, raw: bytes) -> Checked:
    try:
        return codec.decode(raw)
    except Rejected as rejected:
        return bare(rejected)

"""Checking signatures on threads, off the interpreter lock, while the block before is executed."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from muniment.core import keys
from muniment.core.errors import Rejected
from muniment.core.machine import Unforeseen, bare
from muniment.core.transaction import SignatureInvalid, Transaction, TransactionCodec

_log = logging.getLogger("muniment")

#: Transactions handed to a thread at a time: long enough to make switching cheap, short enough to spread.
CHUNK = 128
CHUNK_BYTES = 1 << 20

Checked = Transaction | Rejected


def check(codec: TransactionCodec, raws: Sequence[bytes]) -> list[Checked]:
    """Decode envelopes and verify their signatures; a bad one gives its rejection in its place."""
    try:
        return _checked(codec, raws)
    except Exception as error:  # noqa: BLE001 - an envelope that breaks the checks must cost itself only
        if len(raws) == 1:
            _log.exception("checking a transaction failed")
            return [Unforeseen(error=type(error).__name__)]
        return [one for raw in raws for one in check(codec, [raw])]


def _checked(codec: TransactionCodec, raws: Sequence[bytes]) -> list[Checked]:
    found = [_decoded(codec, raw) for raw in raws]
    valid = keys.verify_many([one.signed for one in found if isinstance(one, Transaction)])
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
    """

    def __init__(self, codec: TransactionCodec, *, threads: int | None = None) -> None:
        self._codec = codec
        count = threads or max(2, min(os.cpu_count() or 2, 8))
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="muniment-verify")

    def submit(self, raws: Sequence[bytes]) -> Future[list[Checked]]:
        """Check a chunk on some thread."""
        return self._pool.submit(check, self._codec, raws)

    def close(self) -> None:
        """Stop the threads; what is queued is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _decoded(codec: TransactionCodec, raw: bytes) -> Checked:
    try:
        return codec.decode(raw)
    except Rejected as rejected:
        return bare(rejected)

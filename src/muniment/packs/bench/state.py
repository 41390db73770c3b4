"""What a changed key of the authenticated map costs, pages read from and written to LMDB, without the sync."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from typing import Any

import lmdb

from muniment.core import authmap
from muniment.core.codec import encode

_BATCH = 1_000
_LOAD = 20_000


def changed_keys(quick: bool) -> dict[str, Any]:
    """Measure batches of 1,000 random keys over 10,000, 100,000 and 1,000,000 keys."""
    sizes = (5_000, 20_000) if quick else (10_000, 100_000, 1_000_000)
    figures: dict[str, Any] = {"batch": _BATCH, "aim": "<= 20 us a key at 1,000,000 keys, proof <= 2048 bytes"}
    with (
        tempfile.TemporaryDirectory(prefix="muniment-bench-") as folder,
        lmdb.open(folder, map_size=1 << 34, sync=False, metasync=False) as env,
    ):
        held = 0
        for size in sizes:
            while held < size:
                more = min(_LOAD, size - held)
                _update(env, {_key(number): _key(number + 1) for number in range(held, held + more)})
                held += more
            times = sorted(_timed(env, turn, size) for turn in range(5))
            figures[str(size)] = {
                "us_per_key": {"min": times[0], "median": times[2], "max": times[-1]},
                "proof_bytes": _proof_bytes(env, size),
            }
    return figures


def _timed(env: Any, turn: int, size: int) -> float:
    changes = {
        _key(int.from_bytes(_key(turn * _BATCH + at)[:6], "big") % size): _key(~at & 0xFFFF) for at in range(_BATCH)
    }
    return 1e6 * _update(env, changes) / len(changes)


def _update(env: Any, changes: dict[bytes, bytes | None] | dict[bytes, bytes]) -> float:
    with env.begin(write=True) as txn:
        began = time.perf_counter()
        _, pages = authmap.update(txn.get, dict(changes))
        for path, page in pages.items():
            if page is None:
                txn.delete(path)
            else:
                txn.put(path, page)
        return time.perf_counter() - began


def _proof_bytes(env: Any, size: int) -> int:
    with env.begin() as txn:
        read: Callable[[bytes], bytes | None] = txn.get
        return max(len(encode(authmap.prove(read, number.to_bytes(8, "big")))) for number in range(0, size, size // 64))


def _key(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()

"""What the authenticated map costs: microseconds per changed key and proof bytes, with its pages in LMDB.

    python benchmarks/authmap.py [--json] [--sizes 10000,100000,1000000] [--batch 1000]

A batch is one write transaction: read pages, update, write pages; without the commit, which is fsync. Keys are
random. `hash_us` is one SHA-256 of 65 bytes in the same run, the unit to compare machines by.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

import lmdb

from muniment.core import authmap
from muniment.core.codec import encode

BUILD_BATCH = 100_000


def key(number: int) -> bytes:
    return number.to_bytes(8, "big")


def value(number: int, version: int) -> bytes:
    return number.to_bytes(8, "big") + version.to_bytes(8, "big")


def changes(numbers: Iterable[int], version: int) -> dict[bytes, bytes | None]:
    return {authmap.key_hash(key(n)): authmap.value_hash(value(n, version)) for n in numbers}


def apply(env: Any, batch: dict[bytes, bytes | None]) -> dict[str, float]:
    """Apply one batch in one write transaction and return what it took, in microseconds and bytes per key."""
    with env.begin(write=True) as txn:
        started = time.perf_counter()
        _, pages = authmap.update(txn.get, batch)
        computed = time.perf_counter()
        for path, page in pages.items():
            if page is None:
                txn.delete(path)
            else:
                txn.put(path, page)
        done = time.perf_counter()
    count = len(batch)
    return {
        "us_per_key": (done - started) / count * 1e6,
        "update_us_per_key": (computed - started) / count * 1e6,
        "pages_per_key": len(pages) / count,
        "page_bytes_per_key": sum(len(page) for page in pages.values() if page) / count,
    }


def grow(env: Any, start: int, size: int) -> float:
    """Add keys until the map has `size`, and return the seconds it took."""
    started = time.perf_counter()
    for first in range(start, size, BUILD_BATCH):
        apply(env, changes(range(first, min(size, first + BUILD_BATCH)), 0))
    return time.perf_counter() - started


def best(repeats: int, run: Callable[[int], dict[str, float]]) -> dict[str, float]:
    """Return the run with the median time, and the least time of all."""
    runs = sorted((run(at) for at in range(repeats)), key=lambda one: one["us_per_key"])
    return {**runs[len(runs) // 2], "least_us_per_key": runs[0]["us_per_key"]}


def proofs(env: Any, size: int, count: int = 200) -> dict[str, float]:
    """Return sizes of proofs, and microseconds to make and to check one."""
    made, seconds, checked = [], 0.0, 0.0
    with env.begin() as txn:
        root = authmap.root(txn.get)
        for number in range(0, size, max(size // count, 1)):
            started = time.perf_counter()
            proof = authmap.prove(txn.get, key(number))
            seconds += time.perf_counter() - started
            absence = authmap.prove(txn.get, b"absent" + key(number))
            authmap.verify_absence(root, b"absent" + key(number), absence)
            held = authmap.value_hash_at(txn.get, authmap.key_hash(key(number)))
            assert held is not None
            started = time.perf_counter()
            authmap.verify_leaf(root, authmap.key_hash(key(number)), held, proof)
            checked += time.perf_counter() - started
            made += [len(encode(proof)), len(encode(absence))]
    count = len(made) // 2
    return {
        "proof_bytes_mean": sum(made) / len(made),
        "proof_bytes_max": max(made),
        "prove_us": seconds / count * 1e6,
        "verify_us": checked / count * 1e6,
    }


def hash_us(count: int = 20_000) -> float:
    data = bytes(64)
    started = time.perf_counter()
    for _ in range(count):
        sha256(b"\x01" + data).digest()
    return (time.perf_counter() - started) / count * 1e6


def measure(
    sizes: Iterable[int] = (10_000, 100_000, 1_000_000), *, batch: int = 1000, repeats: int = 9
) -> dict[str, Any]:
    """Measure maps of growing size.

    Args:
        sizes: Numbers of keys, ascending.
        batch: Keys changed at once.
        repeats: Batches measured for each size; the median is reported.
    """
    random_keys = random.Random(7)
    rows = []
    with tempfile.TemporaryDirectory() as folder, lmdb.open(folder, map_size=16 << 30, sync=False) as env:
        held = 0
        for size in sizes:
            seconds = grow(env, held, size)

            def one(at: int, size: int = size) -> dict[str, float]:
                return apply(env, changes(random_keys.sample(range(size), min(batch, size)), at + 1))

            row = {"keys": size, "added": size - held, "build_s": seconds, **best(repeats, one)}
            rows.append({**row, **proofs(env, size)})
            held = size
    return {"batch": batch, "hash_us": hash_us(), "sizes": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--batch", type=int, default=1000)
    given = parser.parse_args()
    result = measure([int(size) for size in given.sizes.split(",")], batch=given.batch)
    if given.json:
        print(json.dumps(result))
        return
    print(f"batches of {result['batch']} random keys, one SHA-256 of 65 bytes {result['hash_us']:.2f} us")
    for row in result["sizes"]:
        print(
            f"{row['keys']:>9,} keys: {row['us_per_key']:5.1f} us/key (least {row['least_us_per_key']:.1f}), "
            f"{row['pages_per_key']:.2f} pages and {row['page_bytes_per_key']:,.0f} bytes/key, proof "
            f"{row['proof_bytes_mean']:.0f} bytes (most {row['proof_bytes_max']}), prove {row['prove_us']:.0f} us, "
            f"verify {row['verify_us']:.0f} us, {row['added']:,} keys added in {row['build_s']:.1f} s"
        )


if __name__ == "__main__":
    main()

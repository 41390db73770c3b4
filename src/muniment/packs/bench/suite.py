"""The list of measurements, and how they are run: each in a process of its own, so that memory figures are its own."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from muniment.core.errors import Rejected, Unavailable

#: Name and what it measures, in the order they are run.
BENCHES = {
    "ledger": "record anchors, individually signed, durable; beside raw signature verification",
    "decisions": "AI decisions computed in the block, individually signed, durable; beside `ledger`",
    "anchor": "rows of ready bytes hashed into one root",
    "proof": "proof verification without the signature, and proof size",
    "scaling": "cost of a transaction at 10,000 and at 1,000,000; peak memory",
    "audit": "re-execution of the whole log; beside ingestion",
    "suites": "signing and verifying by suite; the ledger with dual signatures",
    "state": "changed keys of the authenticated map",
}


class BenchUnknown(Rejected, code=71):
    """A measurement that does not exist."""

    bench: str
    known: str
    text = "there is no measurement {bench!r}"
    fix = "choose among {known}"


def run(
    names: Sequence[str] | None = None, *, quick: bool = False, progress: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Run measurements and return their figures by name, beside what they were taken on.

    Args:
        names: Which; None for all.
        quick: Small sizes, for trying out: the figures mean little.
        progress: Called with the name of each before it starts.

    Raises:
        BenchUnknown: a name is not in `BENCHES`.
        Unavailable: a measurement failed; says why.
    """
    chosen = list(names or BENCHES)
    for name in chosen:
        if name not in BENCHES:
            raise BenchUnknown(bench=name, known=", ".join(BENCHES))
    figures: dict[str, Any] = {"machine": _machine(), "quick": quick}
    for name in chosen:
        if progress:
            progress(name)
        figures[name] = _apart(name, quick)
    return figures


def _apart(name: str, quick: bool) -> Any:
    command = [sys.executable, "-m", "muniment.packs.bench.child", name, *(["--quick"] if quick else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        raise Unavailable(f"the measurement {name} failed: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
    return json.loads(done.stdout)


def _machine() -> dict[str, Any]:
    packages = ("muniment", "cryptography", "lmdb", "msgspec", "numpy", "onnxruntime", "pynacl")
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }

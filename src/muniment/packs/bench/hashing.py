"""How fast rows of ready bytes become one root."""

from __future__ import annotations

import time
from typing import Any

from muniment.client.dataset import Dataset
from muniment.packs.bench import rig

_ROW = 100


def anchor(quick: bool) -> dict[str, Any]:
    """Measure rows a second, salted, 100 bytes each."""
    count, rounds = (20_000, 2) if quick else (500_000, 5)
    rows = [number.to_bytes(8, "big") + bytes(_ROW - 8) for number in range(count)]

    def once() -> float:
        began = time.perf_counter()
        Dataset.of(rows, secret=bytes(32), keep_proofs=False)
        return count / (time.perf_counter() - began)

    return {"rows_per_s": rig.repeated(rounds, once), "row_bytes": _ROW, "aim": ">= 500,000 rows/s"}

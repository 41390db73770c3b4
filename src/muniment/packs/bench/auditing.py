"""How fast a log is re-executed and compared, beside how fast it was taken in."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from muniment.client.ledger import open_ledger
from muniment.client.wallet import Wallet
from muniment.node.audit import audit as check
from muniment.packs.bench import rig


def audit(quick: bool) -> dict[str, Any]:
    """Measure ingestion of anchors, then the audit of the same ledger."""
    count = 2_000 if quick else 60_000
    wallet = Wallet.create("bench")
    with tempfile.TemporaryDirectory(prefix="muniment-bench-") as folder:
        path = Path(folder) / "ledger"
        with open_ledger(path) as it:
            envelopes = rig.signed(it.chain, wallet, [rig.anchor_message(number) for number in range(count)])
            ingested = count / rig.ingest(it, envelopes)
        began = time.perf_counter()
        report = check(path)
        audited = count / (time.perf_counter() - began)
    if report.divergence is not None:
        raise AssertionError(report.divergence)
    return {
        "transactions": count,
        "ingested_per_s": ingested,
        "audited_per_s": audited,
        "ratio": audited / ingested,
        "aim": "ratio >= 1",
    }

"""How fast record anchors become durable, and whether a long log costs more."""

from __future__ import annotations

from typing import Any

from muniment.client.wallet import Wallet
from muniment.packs.bench import rig


def ledger(quick: bool) -> dict[str, Any]:
    """Measure anchors a second beside the raw rate, alternating, five rounds."""
    count, rounds = (2_000, 2) if quick else (30_000, 5)
    wallet = Wallet.create("bench")
    rates, raws, ratios = [], [], []
    with rig.temporary_ledger() as it:
        for turn in range(rounds):
            envelopes = _load(it.chain, wallet, turn * count, count)
            before = rig.raw_rate(envelopes, it.chain)
            rate = count / rig.ingest(it, envelopes)
            raw = (before + rig.raw_rate(envelopes, it.chain)) / 2
            rates.append(rate)
            raws.append(raw)
            ratios.append(rate / raw)
        tally = rig.tally(it)
        size = rig.payload_bytes(envelopes[0])
    return {
        "transactions_per_s": sorted(rates)[rounds // 2],
        "raw_verifications_per_s": sorted(raws)[rounds // 2],
        "ratio": sorted(ratios)[rounds // 2],
        "ratios": ratios,
        "payload_bytes": size,
        "blocks": tally.blocks,
        "executing_us": 1e6 * tally.executing_s / tally.transactions,
        "writing_us": 1e6 * tally.writing_s / tally.transactions,
        "aim": "ratio >= 0.6",
    }


def scaling(quick: bool) -> dict[str, Any]:
    """Measure the cost of a transaction early and late in a long log, and peak memory."""
    total, step = (20_000, 5_000) if quick else (1_000_000, 25_000)
    wallet = Wallet.create("bench")
    costs, ratios = [], []
    with rig.temporary_ledger() as it:
        base = rig.peak_memory_mb()
        for start in range(0, total, step):
            envelopes = _load(it.chain, wallet, start, step)
            before = rig.raw_rate(envelopes[:4_000], it.chain)
            took = rig.ingest(it, envelopes)
            raw = (before + rig.raw_rate(envelopes[:4_000], it.chain)) / 2
            costs.append(1e6 * took / step)
            ratios.append(step / took / raw)
        status = it.status()
    window = max(1, min(4, len(costs) // 2))
    early, late = sorted(ratios[:window])[window // 2], sorted(ratios[-window:])[window // 2]
    return {
        "transactions": total,
        "us_early": sorted(costs[:window])[window // 2],
        "us_late": sorted(costs[-window:])[window // 2],
        "cost_late_over_early": early / late,
        "peak_memory_mb": rig.peak_memory_mb(),
        "memory_before_mb": base,
        "store_bytes_per_transaction": status.size_bytes / total,
        "aim": "cost_late_over_early <= 1.1 (in units of the raw rate of the moment), peak_memory_mb <= 500",
    }


def _load(chain: str, wallet: Wallet, start: int, count: int) -> list[bytes]:
    return rig.signed(chain, wallet, [rig.anchor_message(number) for number in range(start, start + count)])

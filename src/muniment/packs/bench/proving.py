"""How long a verifier needs, and how large proofs are."""

from __future__ import annotations

import time
from typing import Any

from muniment.client.wallet import Wallet
from muniment.core.proof import decode_proof, verify
from muniment.core.trust import Trust
from muniment.modules.decisions.messages import Decide
from muniment.packs.bench import deciding, rig


def proof(quick: bool) -> dict[str, Any]:
    """Measure verification of a decision's proof in a log of 20,000 receipts."""
    count, times = (500, 50) if quick else (20_000, 1_000)
    wallet = Wallet.create("bench")
    with rig.temporary_ledger() as it:
        deciding.deploy(it, wallet)
        rows = tuple(feature.minimum for feature in it.models.card("bench").features)
        receipt = it.transact(Decide("bench", rows), by=wallet)
        rig.ingest(it, rig.signed(it.chain, wallet, [rig.anchor_message(number) for number in range(count)]))
        full = it.prove(f"decision:{receipt.position}").encode()
        lean = it.prove(f"decision:{receipt.position}", model=False).encode()
        trust = it.trust
    return {
        "log_size": count,
        "bytes_with_model": len(full),
        "bytes_without_model": len(lean),
        "decoding_ms": _ms(times, lambda: decode_proof(lean)),
        "verifying_ms": _ms(times, _Verification(lean, trust, signature=False)),
        "verifying_with_signatures_ms": _ms(times, _Verification(lean, trust, signature=True)),
        "note": "verifying checks the checkpoint's own Ed25519 signature in both figures",
        "aim": "verifying_ms <= 0.5",
    }


class _Verification:
    def __init__(self, data: bytes, trust: Trust, *, signature: bool) -> None:
        self._proof, self._trust, self._signature = decode_proof(data), trust, signature

    def __call__(self) -> object:
        return verify(self._proof, self._trust, check_signature=self._signature)


def _ms(times: int, call: Any) -> dict[str, float]:
    def once() -> float:
        began = time.perf_counter()
        call()
        return 1e3 * (time.perf_counter() - began)

    return rig.repeated(times, once)

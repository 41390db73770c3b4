"""What each signature suite costs."""

from __future__ import annotations

import time
from typing import Any

from muniment.client.wallet import Wallet
from muniment.core import keys
from muniment.packs.bench import rig

_DIGEST = bytes(range(32))


def suites(quick: bool) -> dict[str, Any]:
    """Measure signing and verifying by suite on one thread, and a ledger of dual signatures on two."""
    return {name: _one(name, quick) for name in ("ed25519", "ml-dsa-65", "dual")} | {"ledger_dual": _ledger(quick)}


def _one(name: str, quick: bool) -> dict[str, Any]:
    wallet = Wallet.create("bench", suite=name)
    count = 50 if quick else 1_000
    began = time.perf_counter()
    signatures = [wallet.sign(_DIGEST) for _ in range(count)]
    signed = time.perf_counter()
    valid = keys.verify_many([(wallet.suite, wallet.public_key, _DIGEST, signature) for signature in signatures])
    ended = time.perf_counter()
    if not all(valid):
        raise AssertionError(f"{name} signatures do not verify")
    return {
        "signed_per_s": count / (signed - began),
        "verified_per_s": count / (ended - signed),
        "key_bytes": len(wallet.public_key),
        "signature_bytes": len(signatures[0]),
    }


def _ledger(quick: bool) -> dict[str, Any]:
    count = 200 if quick else 6_000
    wallet = Wallet.create("bench", suite="dual")
    with rig.temporary_ledger() as it:
        envelopes = rig.signed(it.chain, wallet, [rig.anchor_message(number) for number in range(count)])
        rate = count / rig.ingest(it, envelopes)
        size = it.status().size_bytes / count
    return {"transactions_per_s": rate, "envelope_bytes": len(envelopes[0]), "store_bytes_per_transaction": size}

"""A small ledger with one of everything that can be proven, made through the SDK."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from tests.harness.ledger import wallet

import muniment as mu
from muniment.client.decisions import Decision
from muniment.client.proofs import SavedProof
from muniment.client.records import Record
from muniment.core.trust import Trust

COLUMNS = ("amount", "hour", "distance")


@dataclass(frozen=True)
class Story:
    """What was made, and what proves it."""

    frame: Any
    record: Record
    decision: Decision
    sealed: Decision
    proofs: dict[str, SavedProof]
    trust: Trust


def frame(rows: int = 200) -> pd.DataFrame:
    """Return payments; the same every time."""
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "amount": rng.gamma(2, 40, rows).round(2),
            "hour": rng.integers(0, 24, rows),
            "distance": rng.gamma(1, 30, rows).round(1),
        }
    )


def model(data: pd.DataFrame) -> Any:
    """Return an exact logistic regression over the frame."""
    label = (data.amount + 2 * data.distance > 150).astype(int)
    fitted = LogisticRegression(max_iter=1_000).fit(data, label)
    return mu.exact.compile(fitted, calibration=data, target=label)


def deploy(ledger: mu.Ledger, data: pd.DataFrame, *, mode: str = "both") -> tuple[Record, Any]:
    """Anchor, publish and deploy as ann."""
    ann = wallet()
    record = ledger.records.anchor(data, by=ann, name="payments", secret=bytes(32))
    ledger.models.publish(model(data), by=ann, name="screen", trained_on=[record], licence="Apache-2.0")
    system = ledger.systems.deploy(
        "screening",
        model="screen",
        outcomes={"approve": 0, "review": "30%", "block": "70%"},
        overseers=[wallet("olga")],
        by=ann,
        mode=mode,  # type: ignore[arg-type]
    )
    return record, system


def tell(path: Path) -> Story:
    """Make the ledger in `path`, and every kind of proof."""
    data = frame()
    ann, bob = wallet(), wallet("bob")
    with mu.open(path, name="story") as ledger:
        record, system = deploy(ledger, data)
        decision = ledger.decide(system, data.iloc[0].to_dict(), by=ann)
        sealed = ledger.decide(system, data.iloc[1].to_dict(), by=ann, sealed=True)
        proofs = {"record": ledger.prove(record), "decision": ledger.prove(decision)}
        proofs["sealed"] = ledger.prove(sealed, show=True)
        proofs["one field"] = ledger.prove(sealed, show=["hour"])
        ledger.decisions.override(decision, outcome="approve", by=wallet("olga"), reason="known customer")
        proofs["overridden"] = ledger.prove(decision)
        newer = bob.rotated()
        ledger.accounts.rotate(bob, to=newer)
        proofs["rotated"] = ledger.prove(ledger.records.anchor([b"row"], by=newer, name="by bob"))
        proofs["transaction"] = ledger.prove(ledger.systems.stop(system, by=ann, reason="done"))
        trust = ledger.trust
    return Story(data, record, decision, sealed, proofs, trust)

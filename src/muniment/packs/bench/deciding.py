"""How fast decisions that are computed in the block become durable."""

from __future__ import annotations

from typing import Any

from muniment.client.ledger import Ledger
from muniment.client.systems import Threshold
from muniment.client.wallet import Wallet
from muniment.modules.decisions.messages import Decide
from muniment.packs.bench import rig

FEATURES, TREES, DEPTH = 30, 100, 6
_SEED = 7


def decisions(quick: bool) -> dict[str, Any]:
    """Measure decisions a second (30 features, 100 trees of depth 6) beside anchors, alternating, five rounds."""
    import numpy as np

    count, rounds = (1_000, 2) if quick else (20_000, 5)
    wallet = Wallet.create("bench")
    rng = np.random.default_rng(_SEED)
    rates, anchors, ratios = [], [], []
    with rig.temporary_ledger() as it:
        leaves = deploy(it, wallet)
        ranges = [(feature.minimum, feature.maximum) for feature in it.models.card("bench").features]
        for turn in range(rounds):
            table = np.stack([rng.integers(low, high + 1, size=count) for low, high in ranges], axis=1).tolist()
            asked = rig.signed(it.chain, wallet, [Decide("bench", tuple(row)) for row in table])
            plain = rig.signed(it.chain, wallet, [rig.anchor_message(turn * count + at) for at in range(count)])
            half = count // 2
            first = rig.ingest(it, plain[:half])
            rate = count / rig.ingest(it, asked)
            anchor = count / (first + rig.ingest(it, plain[half:]))
            rates.append(rate)
            anchors.append(anchor)
            ratios.append(rate / anchor)
        tally = rig.tally(it)
    return {
        "decisions_per_s": sorted(rates)[rounds // 2],
        "anchors_per_s": sorted(anchors)[rounds // 2],
        "ratio": sorted(ratios)[rounds // 2],
        "ratios": ratios,
        "leaves": leaves,
        "payload_bytes": rig.payload_bytes(asked[0]),
        "model_us": 1e6 * tally.models_s / (rounds * count),
        "aim": "ratio >= 0.7",
    }


def deploy(ledger: Ledger, wallet: Wallet) -> int:
    """Publish a gradient-boosted model of the measured size and deploy it as system "bench"; returns its leaves."""
    import numpy as np
    from sklearn.ensemble import GradientBoostingClassifier

    from muniment import exact

    rng = np.random.default_rng(_SEED)
    rows = rng.normal(size=(4_000, FEATURES)).round(4)
    label = (rows[:, 0] * rows[:, 1] + rows[:, 2] + 0.5 * rng.normal(size=len(rows))) > 0.5
    model = GradientBoostingClassifier(n_estimators=TREES, max_depth=DEPTH, random_state=_SEED, subsample=0.5)
    fitted = model.fit(rows, label)
    compiled = exact.compile(fitted, calibration=rows, target=label)
    ledger.models.publish(compiled, by=wallet, name="bench")
    outcomes: dict[str, Threshold] = {"approve": 0, "review": "50%", "block": "90%"}
    ledger.systems.deploy("bench", model="bench", outcomes=outcomes, overseers=[wallet], by=wallet)
    return sum(int(tree[0].get_n_leaves()) for tree in fitted.estimators_)

"""Execute a prepared log in this process and say what came out: `python -m tests.faults.replaying TASK`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.harness.ledger import WAIT_S, ledger

from muniment.engines.contract import Committed
from muniment.engines.embedded import Limits


def main(task: dict[str, Any]) -> None:
    """Submit every group of transactions and wait for it, so that each makes its own blocks."""
    groups = json.loads(Path(task["log"]).read_text())
    limits = Limits(block=task["block"], verifiers=task["threads"])
    codes = []
    with ledger(Path(task["path"]), limits=limits, clock=lambda: int(task["time_ms"])) as node:
        for group in groups:
            envelopes = [bytes.fromhex(one) for one in group]
            outcomes = node.engine.submit(envelopes, wait_s=WAIT_S).result(timeout=WAIT_S)
            codes += [0 if isinstance(one, Committed) else getattr(one, "code", -1) for one in outcomes]
        head = node.engine.head()
        with node.view() as view:
            records = [(view.block(h), view.result(h), view.note(h)) for h in range(head.height + 1)]
            state = sorted(view.values()), sorted(view.facts())
    said = {
        "state_root": head.state_root.hex(),
        "app_hash": head.app_hash.hex(),
        "size": head.log_size,
        "height": head.height,
        "codes": codes,
        "values": repr(state[0]),
        "facts": repr(state[1]),
        "records": repr(records),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

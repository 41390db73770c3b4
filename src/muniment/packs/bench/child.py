"""One measurement in this process: `python -m muniment.packs.bench.child NAME [--quick]` prints its figures as JSON."""

from __future__ import annotations

import json
import sys
from importlib import import_module

_MEASURES = {
    "ledger": ("ingesting", "ledger"),
    "decisions": ("deciding", "decisions"),
    "anchor": ("hashing", "anchor"),
    "proof": ("proving", "proof"),
    "scaling": ("ingesting", "scaling"),
    "audit": ("auditing", "audit"),
    "suites": ("suites", "suites"),
    "state": ("state", "changed_keys"),
}


def main() -> None:
    """Run the measurement named on the command line."""
    module, function = _MEASURES[sys.argv[1]]
    measure = getattr(import_module(f"muniment.packs.bench.{module}"), function)
    json.dump(measure("--quick" in sys.argv[2:]), sys.stdout)


if __name__ == "__main__":
    main()

"""Measurements: what a ledger does on this machine, as ratios within one run. `muniment bench`."""

from muniment.packs.bench.suite import BENCHES, run

__all__ = ["BENCHES", "run"]

"""Loaded models kept at hand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muniment.exact.runner import Runner


class Shelf:
    """Runners kept by the hash of their artifact; the one not used for longest goes first. Safe for many threads.

    What is kept decides nothing but speed: a runner follows from the bytes of its artifact alone, and the hash names
    these bytes. So two machines that keep different runners, or none, compute the same.

    Args:
        count: Most runners.
        size_bytes: Most bytes of artifacts together; one is kept however large it is.
    """

    def __init__(self, *, count: int, size_bytes: int) -> None:
        self._count = count
        self._room_bytes = size_bytes
        self._runners: OrderedDict[bytes, Runner] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runners)

    def find(self, model: bytes) -> Runner | None:
        """Return the runner of a model, None if it is not kept."""
        with self._lock:
            found = self._runners.get(model)
            if found is not None:
                self._runners.move_to_end(model)
            return found

    def keep(self, runner: Runner) -> Runner:
        """Keep a runner and return it, or the one that another thread kept before."""
        with self._lock:
            kept = self._runners.setdefault(runner.card.id, runner)
            if kept is runner:
                self._room_bytes -= runner.card.size_bytes
            while len(self._runners) > 1 and (self._room_bytes < 0 or len(self._runners) > self._count):
                _, gone = self._runners.popitem(last=False)
                self._room_bytes += gone.card.size_bytes
            return kept

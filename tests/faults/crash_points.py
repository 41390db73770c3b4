"""Children that end at a chosen point: before or after any step that leaves something on the disk."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults import jobs

from muniment.storage import ledger_store
from muniment.storage.ledger_store import LedgerStore, Writer

CRASHED = 77


class Countdown:
    """Ends the process at the k-th step."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(CRASHED)

    def around(self, owner: Any, name: str) -> None:
        """Make a function a step before and a step after."""
        original = getattr(owner, name)

        def stepped(*arguments: Any, **named: Any) -> Any:
            self.step()
            result = original(*arguments, **named)
            self.step()
            return result

        setattr(owner, name, stepped)


def crash_at(steps: int, job: str, path: str) -> None:
    """Do a job, and end at the k-th of its steps; ends well if it has fewer."""
    countdown = Countdown(steps)
    for owner, name in (
        (os, "replace"),
        (os, "fsync"),
        (os, "open"),
        (os, "ftruncate"),
        (Path, "mkdir"),
        (Path, "write_bytes"),
        (Writer, "_put"),
        (Writer, "_put_facts"),
        (Writer, "_prune"),
        (ledger_store, "_build"),
    ):
        countdown.around(owner, name)
    LedgerStore.writer = _stepped_writer(LedgerStore.writer, countdown)  # type: ignore[method-assign]
    getattr(jobs, job)(path)


def tear_at(size_bytes: int, path: str) -> None:
    """Write until the data file would grow past a size: the kernel ends the process within that write."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))
    jobs.write_to_the_limit(path)


def _stepped_writer(original: Callable[..., Any], countdown: Countdown) -> Any:
    @contextmanager
    def writer(store: LedgerStore) -> Any:
        countdown.step()
        with original(store) as found:
            yield found
            countdown.step()
        # The block is durable, and nobody has been told yet.
        countdown.step()

    return writer

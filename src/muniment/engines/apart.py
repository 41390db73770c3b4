"""Signature checks in a process of their own, which the interpreter lock of this one does not hold up.

Under load, threads that check signatures need the lock every 40 microseconds or so, for a moment, and the thread that
executes blocks holds it for milliseconds: they take turns instead of working side by side (ADR 0005).
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

from muniment.core.codec import encode
from muniment.core.errors import Unavailable
from muniment.core.keys import Signed
from muniment.engines.verify_child import READY

_log = logging.getLogger("muniment")
_COMMAND = "from muniment.engines.verify_child import main; main()"
_PATIENCE_S = 5.0


class ChildLost(Unavailable):
    """The process is gone or does not answer as agreed; what it was asked must be checked here."""


class Child:
    """One process that checks signatures. Used by one thread at a time.

    Raises:
        ChildLost: it cannot be started.
    """

    def __init__(self) -> None:
        if not sys.executable:
            raise ChildLost("there is no interpreter to start")
        search = f"import sys; sys.path[:] = {sys.path!r}; "
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-c", search + _COMMAND], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise ChildLost(str(error)) from None
        if self._process.stdin is None or self._process.stdout is None:
            raise ChildLost("it has no pipes")
        self._ask, self._answer = self._process.stdin, self._process.stdout
        if self._answer.readline() != READY:
            self.close()
            raise ChildLost("it did not get ready")

    def verify_many(self, items: Sequence[Signed]) -> list[bool]:
        """Answer for each item whether its signature is valid.

        Raises:
            ChildLost: no verdict.
        """
        frame = encode(items)
        try:
            self._ask.write(len(frame).to_bytes(4, "big") + frame)
            self._ask.flush()
            said = self._answer.read(len(items))
        except (OSError, ValueError) as error:
            raise ChildLost(str(error)) from None
        if len(said) != len(items) or not set(said) <= {0, 1}:
            raise ChildLost("it ended, or answered something else")
        return [one == 1 for one in said]

    def close(self) -> None:
        """End the process."""
        with suppress(OSError, ValueError):
            self._ask.close()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answer.close()

"""One writer at a time: an advisory lock on a file of the ledger directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from muniment.storage.errors import InUse


class WriterLock:
    """Hold the directory's writer lock until `release`; it goes with the process, however that ends.

    Raises:
        InUse: another holder is alive; says which process.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise InUse(
                f"the ledger in {path.parent} is open in process {holder}; close it there, "
                "or share one ledger object between the threads of one process"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the lock up."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

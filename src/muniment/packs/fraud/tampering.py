"""Change one byte of one payment in a copy of a ledger, and let the audit find it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muniment.node.audit import audit
from muniment.node.home import Home
from muniment.packs.fraud.errors import EnvelopeMissing

if TYPE_CHECKING:
    from muniment.node.audit import AuditReport

_DATA = "data.mdb"


@dataclass(frozen=True)
class Tampered:
    """A copy of a ledger with one byte changed, and what the audit says.

    Attributes:
        path: The copy.
        file: The file that was changed.
        byte: Place of the changed byte in it, from 0.
        was: Its value before.
        now: Its value since.
        intact: Audit of the ledger itself.
        report: Audit of the copy.
    """

    path: Path
    file: Path
    byte: int
    was: int
    now: int
    intact: AuditReport
    report: AuditReport

    @property
    def found(self) -> bool:
        """Whether the audit passed the ledger, and found the very byte in the copy."""
        divergence = self.report.divergence
        if not self.intact.is_clean or divergence is None or divergence.file_bytes is None:
            return False
        return divergence.file_bytes[0] <= self.byte < divergence.file_bytes[1]


def tamper(ledger: Path, copy: Path, *, envelope: bytes) -> Tampered:
    """Copy a closed ledger, change the middle byte of one transaction in the copy, audit both.

    Args:
        ledger: Its directory.
        copy: Where to copy it; absent.
        envelope: The transaction, as the ledger holds it.

    Raises:
        EnvelopeMissing: the ledger does not hold it in one piece.
    """
    shutil.copytree(ledger, copy)
    file = Home(copy).store / _DATA
    byte, was = _place(file, envelope)
    now = was ^ 1
    with file.open("r+b") as handle:
        handle.seek(byte)
        handle.write(bytes([now]))
    return Tampered(copy, file, byte, was, now, intact=audit(ledger), report=audit(copy))


def _place(file: Path, envelope: bytes) -> tuple[int, int]:
    """Return where the middle byte of the transaction stands in the file, and its value."""
    data = file.read_bytes()
    start = data.find(envelope)
    if start < 0:
        raise EnvelopeMissing(path=str(file))
    middle = start + len(envelope) // 2
    return middle, data[middle]

"""The process that an isolated audit runs in: one JSON line a block on the standard output, and one at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from muniment.core.errors import Rejected, Unavailable
from muniment.core.trust import Trust
from muniment.node.audit import AuditReport, audit


class Task(msgspec.Struct, frozen=True):
    """What the child is to do; comes as one JSON line on its standard input."""

    path: str
    threads: int | None = None
    trust: Trust | None = None


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the child says: how far it is, or how it ended.

    Attributes:
        progress: Blocks audited and blocks in all.
        report: The result.
        rejected: Name and fields of the rejection that kept it from beginning.
        unavailable: Why the ledger could not be read now.
    """

    progress: tuple[int, int] | None = None
    report: AuditReport | None = None
    rejected: tuple[str, dict[str, Any]] | None = None
    unavailable: str | None = None


def main() -> None:
    """Run the audit that the standard input asks for."""
    task = msgspec.json.decode(sys.stdin.readline(), type=Task)
    try:
        report = audit(
            Path(task.path),
            progress=lambda done, of: _say(Line(progress=(done, of))),
            threads=task.threads,
            trust=task.trust,
        )
        _say(Line(report=report))
    except Rejected as rejected:
        _say(Line(rejected=(type(rejected).__name__, rejected.fields)))
    except Unavailable as unavailable:
        _say(Line(unavailable=unavailable.reason))


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

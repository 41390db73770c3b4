"""`audit`: re-execute a whole ledger, and name the first place where it is not what its log makes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from muniment.cli.commands import command
from muniment.cli.exits import FAMILIES
from muniment.cli.ledger import PANEL
from muniment.cli.options import LedgerDir
from muniment.cli.screen import Screen, Shown, place
from muniment.cli.working import tracked
from muniment.core.errors import Halted

if TYPE_CHECKING:
    from muniment.node.audit import AuditReport
    from muniment.node.divergence import Divergence


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "audit", example="muniment audit ledger --trust trust.json", panel=PANEL)(audit)


def audit(
    directory: LedgerDir,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="FILE", help="Whom you believe; the ledger's own word if left out."),
    ] = None,
) -> Shown:
    """Re-execute the whole log from genesis, check every signature, compare everything that is stored.

    Exit 0 if all is right, 70 with the place if not.
    """
    from muniment.cli.files import read
    from muniment.core.trust import Trust
    from muniment.node.isolated import audit_isolated

    anchor = Trust.decode(read(trust, limit_bytes=1 << 20)) if trust else None
    with tracked("auditing blocks") as advance:
        report = audit_isolated(directory, progress=advance, trust=anchor)
    document = {**msgspec.to_builtins(report), "clean": report.is_clean}
    code = 0 if report.is_clean else FAMILIES[Halted][1]
    return Shown(document=document, show=lambda screen: _show(screen, report), code=code)


def _show(screen: Screen, report: AuditReport) -> None:
    if report.divergence is None:
        screen.line("CLEAN: the ledger is exactly what its log makes it.", "bold green")
    else:
        screen.line("DIVERGED: the ledger is not what its log makes it.", "bold red")
        screen.pairs(_place(report.divergence))
        screen.title("Right up to there")
    rate = report.transactions / report.seconds if report.seconds else 0.0
    screen.pairs(
        [
            ("ledger", report.chain or None),
            ("log key", f"{report.log_key}  (compare it with the one you were given)" if report.log_key else None),
            ("blocks", f"{report.height + 1:,}"),
            ("transactions", f"{report.transactions:,}, {report.signatures:,} signatures verified"),
            ("state root", report.state_root or None),
            ("log root", report.log_root or None),
            ("took", f"{report.seconds:.2f} s ({rate:,.0f} transactions/s)"),
        ]
    )
    if report.divergence is not None:
        screen.line("Stop using the ledger, and restore a copy that passes the audit.")


def _place(found: Divergence) -> list[tuple[str, Any]]:
    return [
        ("what", found.sentence),
        ("kind", found.kind),
        ("where", f"{found.table} {found.key}".strip() or None),
        ("block", found.height),
        ("bytes", _span(found.file_bytes, " of store/data.mdb")),
        ("in the record", _span(found.record_bytes, "")),
        ("transaction", _transaction(found)),
        ("thing", None if found.identity is None else place(found.identity)),
        ("concerns", ", ".join(found.concerns) or None),
    ]


def _span(found: tuple[int, int] | None, of: str) -> str | None:
    if found is None:
        return None
    first, last = found[0], found[1] - 1
    return (f"{first:,}" if first >= last else f"{first:,} to {last:,}") + of


def _transaction(found: Divergence) -> str | None:
    if found.transaction is None:
        return None
    return f"{found.transaction} of the block" + (f", {found.transaction_id}" if found.transaction_id else "")

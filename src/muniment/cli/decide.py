"""`decide`: let a system decide about one row, or about every row of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muniment.cli import decided, files, inputs, wallets
from muniment.cli.anchoring import PANEL
from muniment.cli.commands import command
from muniment.cli.ledger import opened
from muniment.cli.options import By, LedgerDir, SystemName
from muniment.cli.screen import Screen, Shown
from muniment.core.errors import Rejected

if TYPE_CHECKING:
    from muniment.client.ledger import Ledger
    from muniment.modules.systems.types import System


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    example = "muniment decide ledger screening --file payments.csv --out results.csv --by ann.wallet"
    command(app, "decide", example=example, panel=PANEL)(decide)


def decide(
    directory: LedgerDir,
    system: SystemName,
    by: By,
    row: Annotated[str | None, typer.Option("--row", metavar="JSON", help="One row as a JSON object.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Many rows: .csv, .jsonl or .parquet.")
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="COLUMN", help="Column of the file to leave out; repeatable.")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="ID", help="Whom the one row is about; only a commitment is kept."),
    ] = None,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Put only salted commitments to the inputs on the ledger.")
    ] = False,
    keep: Annotated[
        Path | None, typer.Option("--openings", metavar="FILE", help="Where to keep what opens sealed decisions.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the results as CSV.")] = None,
) -> Shown:
    """Let a system decide about rows, durably and provably.

    Each row is a signed transaction. Good rows go through, bad ones are listed with the reason, and then the exit code
    is 3. What opens sealed decisions is kept in a file for you alone: without it nothing can be shown, replayed or
    disputed.
    """
    if (row is None) == (file is None):
        raise typer.BadParameter("give either --row or --file")
    if subject is not None and file is not None:
        raise typer.BadParameter("--subject goes with --row")
    one = inputs.one_row(row) if row is not None else None
    signer = wallets.load(by)
    with opened(directory) as ledger:
        deployed = ledger.systems.get(system)
        closed = sealed or deployed.terms.mode == "sealed"
        beside = (keep or Path(f"{file.stem if file else system}.openings")) if closed else None
        options: dict[str, Any] = {"by": signer, "sealed": closed, "openings": beside}
        with _openings(beside):
            if file is not None:
                found = _many(ledger, deployed, (file, drop or []), out, options)
            else:
                found = _one(ledger, deployed, one, subject, out, options)
    return found if beside is None or not beside.exists() else _with_openings(found, beside)


def _one(
    ledger: Ledger, system: System, row: Any, subject: str | None, out: Path | None, options: dict[str, Any]
) -> Shown:
    from muniment.client.openings import Subject

    about = None if subject is None else Subject.of(wallets.account(subject))
    decision = ledger.decide(system, row, subject=about, **options)
    if out is not None:
        files.write(out, decided.results_csv([decision], [0]))
    return decided.shown_one(decision)


def _many(
    ledger: Ledger, system: System, source: tuple[Path, list[str]], out: Path | None, options: dict[str, Any]
) -> Shown:
    card = ledger.models.card(system.terms.model.model.hex())
    decisions = ledger.decide_many(system, inputs.many_rows(source[0], card, drop=source[1]), **options)
    if out is not None:
        files.write(out, decided.results_csv(decisions, decisions.rows))
    if not decisions and not decisions.waiting and options["openings"] is not None:
        options["openings"].unlink(missing_ok=True)
    return decided.shown_many(decisions, out)


@contextmanager
def _openings(beside: Path | None) -> Iterator[None]:
    """Take back the file of openings if every decision it was written for was rejected."""
    if beside is not None:
        files.check_free(beside)
    try:
        yield
    except Rejected:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise


def _with_openings(shown: Shown, beside: Path) -> Shown:
    def show(screen: Screen) -> None:
        shown.show(screen)
        screen.pairs([("openings", f"{beside}  (for you alone; needed to show, replay or dispute)")])

    return Shown(document={**shown.document, "openings_file": str(beside)}, show=show, code=shown.code)

"""`prove`: take the proof of something from a ledger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muniment.cli import files, openings
from muniment.cli.anchoring import PANEL
from muniment.cli.commands import command
from muniment.cli.ledger import opened
from muniment.cli.options import LedgerDir
from muniment.cli.screen import Screen, Shown, size

if TYPE_CHECKING:
    from muniment.client.ledger import Ledger


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    example = "muniment prove ledger decision:48213 --out decision.mproof"
    command(app, "prove", example=example, panel=PANEL)(prove)


def prove(
    directory: LedgerDir,
    thing: Annotated[
        str,
        typer.Argument(metavar="ID", help="decision:48213, record:17 or transaction:5.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the proof.")],
    model: Annotated[
        bool, typer.Option("--model/--no-model", help="Carry the model, so that a decision can be replayed.")
    ] = True,
    keep: Annotated[
        Path | None, typer.Option("--openings", metavar="FILE", help="What `decide --sealed` wrote.")
    ] = None,
    show_fields: Annotated[
        str | None,
        typer.Option("--show", metavar="FIELDS", help="Sealed fields to lay open: names with commas, or all."),
    ] = None,
) -> Shown:
    """Write a proof that a stranger can verify without the ledger.

    For a sealed decision, `--openings FILE --show amount,country` lays these fields open to whoever gets the proof,
    and leaves the others sealed.
    """
    if (keep is None) != (show_fields is None):
        raise typer.BadParameter("--openings and --show go together")
    options: dict[str, Any] = {"model": model}
    with opened(directory) as ledger:
        what: Any = thing
        if keep is not None and show_fields is not None:
            what = _opened_decision(ledger, thing, keep)
            options["show"] = True if show_fields == "all" else [name.strip() for name in show_fields.split(",")]
        data = ledger.prove(what, **options).encode()
    files.write(out, data)

    def show(screen: Screen) -> None:
        screen.line(f"Wrote {out} ({size(len(data))}): the proof of {thing}.")
        screen.line(f"Verify it with: muniment verify {out} --trust {directory / 'trust.json'}")

    return Shown(document={"file": str(out), "about": thing, "bytes": len(data)}, show=show)


def _opened_decision(ledger: Ledger, thing: str, keep: Path) -> Any:
    """Return a decision of the SDK with its opening."""
    from muniment.client.decisions import Decision

    found = ledger.decisions.get(thing)
    made = found.made
    bare = Decision(
        identity=found.identity,
        system=made.system,
        outcome=made.outcome,
        score=made.score,
        model=made.model,
        height=0,
    )
    return replace(bare, opening=openings.opening_of(keep, thing))

"""`prove`: take the proof of something from a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from muniment.cli import files
from muniment.cli.anchoring import PANEL
from muniment.cli.commands import command
from muniment.cli.ledger import looked_at
from muniment.cli.options import LedgerDir
from muniment.cli.screen import Screen, Shown, size


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
    fields: Any = None if show_fields is None else _fields(show_fields)
    with looked_at(directory) as ledger:
        data = ledger.prove(thing, model=model, show=fields, opening=keep).encode()
    files.write(out, data)

    def show(screen: Screen) -> None:
        screen.line(f"Wrote {out} ({size(len(data))}): the proof of {thing}.")
        screen.line(f"Verify it with: muniment verify {out} --trust {directory / 'trust.json'}")

    return Shown(document={"file": str(out), "about": thing, "bytes": len(data)}, show=show)


def _fields(text: str) -> bool | list[str]:
    return True if text == "all" else [name.strip() for name in text.split(",")]

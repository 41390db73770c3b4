"""`demo`: the main job from data to audit, on real card payments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from muniment.cli.commands import command
from muniment.cli.errors import OptionMalformed
from muniment.cli.screen import Screen, Shown

PANEL = "Start here"
DEMOS = ("fraud",)


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "demo", example="muniment demo fraud --rows 5000", panel=PANEL)(demo)


def demo(
    name: Annotated[str, typer.Argument(metavar="DEMO", help="Which demo: fraud.")] = "fraud",
    rows: Annotated[
        int | None, typer.Option("--rows", metavar="N", min=1, help="Payments to stream; all unless given.")
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Where to keep what it makes; a new one unless given.")
    ] = None,
    as_json: bool = False,
) -> Shown:
    """Decide real card payments inside a ledger, then prove, replay and audit.

    Trains a fraud model, publishes it, streams payments through the ledger, proves one blocked payment, and finds a
    flipped byte.
    """
    if name not in DEMOS:
        raise OptionMalformed(option="demo", given=name, expected="one of " + ", ".join(DEMOS))
    from muniment.packs import fraud

    # The demo tells its story while it runs; with --json there is nobody to tell it to on stdout.
    screen = Screen(sys.stderr if as_json else sys.stdout)
    result = fraud.run(rows, directory=directory, console=screen.console)
    return Shown(document=fraud.document(result), show=lambda _: None)

"""`replay`: compute the decision in a proof again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from muniment.cli.cards import explanation_document, show_explanation
from muniment.cli.commands import command
from muniment.cli.exits import REJECTED
from muniment.cli.screen import Screen, Shown
from muniment.cli.verifying import PANEL


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "replay", example="muniment replay decision.mproof", panel=PANEL)(replay)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proof of a decision.", show_default=False)],
    model: Annotated[
        Path | None, typer.Option("--model", metavar="FILE", help="The model's ONNX file, if the proof has none.")
    ] = None,
) -> Shown:
    """Compute the decision in a proof again, bit for bit, and show why it came out so.

    This checks the arithmetic; that the ledger recorded it is what `muniment verify` checks. Exit 3 if the score is
    another one.
    """
    import muniment

    found = muniment.replay(file, model=model)
    card = found.card
    document = {
        "identical": found.identical,
        "score": found.score,
        "recorded": found.recorded,
        "value": card.score.text(found.score),
        "inputs": found.inputs,
        "explanation": explanation_document(found.explanation),
    }

    def show(screen: Screen) -> None:
        if found.identical:
            screen.line("IDENTICAL: the model gives the recorded score again, bit for bit.", "bold green")
        else:
            screen.line("DIFFERENT: the model does not give the recorded score.", "bold red")
        screen.pairs([("recorded", card.score.text(found.recorded)), ("replayed", card.score.text(found.score))])
        screen.line("This is the arithmetic; that the ledger recorded it is shown by `muniment verify`.", "dim")
        show_explanation(screen, card, found.explanation, tuple(found.inputs.values()))

    return Shown(document=document, show=show, code=0 if found.identical else REJECTED)

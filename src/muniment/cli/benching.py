"""`bench`: measure this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from muniment.cli.commands import command
from muniment.cli.screen import Screen, Shown, note

PANEL = "This machine"


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app, "bench", example="muniment bench ledger decisions --json", panel=PANEL)(bench)


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAMES", help="Which measurements; all unless given.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small sizes, to try it out; the figures mean little.")
    ] = False,
) -> Shown:
    """Measure what a ledger does on this machine, as ratios within one run."""
    from muniment.packs.bench import BENCHES, run

    figures = run(names or None, quick=quick, progress=lambda name: note(f"measuring {name}: {BENCHES.get(name, '')}"))
    return Shown(document=figures, show=lambda screen: _show(screen, figures))


def _show(screen: Screen, figures: dict[str, Any]) -> None:
    for name, found in figures.items():
        if isinstance(found, dict):
            screen.title(name)
            screen.pairs(_rows(found))


def _rows(found: dict[str, Any], within: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            rows += _rows(value, f"{within}{name} ")
        else:
            rows.append((f"{within}{name}".replace("_", " "), _figure(value)))
    return rows


def _figure(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)

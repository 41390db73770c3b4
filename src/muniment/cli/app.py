"""All commands, in the order in which people meet them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from muniment.cli import (
    accounts,
    anchoring,
    auditing,
    benching,
    compiling,
    decide,
    decisions,
    demo,
    keys,
    ledger,
    models,
    proving,
    records,
    replaying,
    serving,
    systems,
    verifying,
)

_ABOUT = """A ledger for data, AI models and the decisions AI makes with them: signed, ordered, provable.

Every command takes `--json`. It exits with 0 if all went well, 2 if the command line was wrong, 3 if something was
rejected (nothing was written), 69 if something outside failed (try again), 70 if a ledger is damaged."""

app = typer.Typer(
    name="muniment",
    help=_ABOUT,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from muniment import __version__

        sys.stdout.write(f"muniment {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a trace if something unexpected happens.")] = False,
) -> None:
    """Take the options that stand before a command; `main` reads --debug itself."""


demo.add(app)
compiling.add(models.app)
for part in (ledger, serving, auditing):
    part.add(app)
for part in (anchoring, decide, proving, verifying, replaying):
    part.add(app)
for name, sub in (("keys", keys.app), ("accounts", accounts.app), ("records", records.app)):
    app.add_typer(sub, name=name, rich_help_panel="Things on the ledger")
for name, sub in (("models", models.app), ("systems", systems.app), ("decisions", decisions.app)):
    app.add_typer(sub, name=name, rich_help_panel="Things on the ledger")
benching.add(app)


def entry(of: typer.Typer) -> Callable[..., Any]:
    """Return the command behind an application, to be called with `args` and `standalone_mode`."""
    return typer.main.get_command(of)

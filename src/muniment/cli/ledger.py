"""`init` and `status`: make a ledger, ask how it is doing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from muniment.cli.commands import command
from muniment.cli.errors import LedgerExists
from muniment.cli.options import LedgerDir
from muniment.cli.screen import Screen, Shown, moment, size
from muniment.cli.wallets import account

if TYPE_CHECKING:
    from muniment.client.ledger import Ledger

PANEL = "A ledger"


@contextmanager
def opened(directory: Path) -> Iterator[Ledger]:
    """Open a ledger that exists, and close it."""
    import muniment

    with muniment.open(directory, create=False) as ledger:
        yield ledger


@contextmanager
def looked_at(directory: Path) -> Iterator[Ledger]:
    """Open a ledger that exists for reading only, also while another process writes it, and close it."""
    import muniment

    with muniment.open(directory, read_only=True) as ledger:
        yield ledger


def add(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app, "init", example="muniment init ledger", panel=PANEL)(init)
    command(app, "status", example="muniment status ledger", panel=PANEL)(status)


def init(
    directory: LedgerDir,
    name: Annotated[
        str | None, typer.Option("--name", help="Starts the chain id; the directory's name unless given.")
    ] = None,
    admins: Annotated[
        list[str] | None,
        typer.Option(
            "--admin", metavar="ID", help="Account (id or wallet file) that registers all others; may be repeated."
        ),
    ] = None,
) -> Shown:
    """Make a ledger in an empty or new directory.

    Without `--admin` anybody with a key may use it.
    """
    from muniment.client import opening
    from muniment.node.home import Home

    if Home(directory).exists():
        raise LedgerExists(path=str(directory))
    opening.create(directory, name=name, admins=[account(admin) for admin in admins or ()])
    with opened(directory) as ledger:
        chain, trust = ledger.chain, str(directory / "trust.json")

    def show(screen: Screen) -> None:
        screen.title(f"Made the ledger {chain}.")
        screen.pairs(
            [
                ("directory", directory),
                ("trust anchor", f"{trust}  (hand it to whoever will verify proofs)"),
                ("node key", f"{directory / 'node.key'}  (keep a copy; it signs the ledger's checkpoints)"),
                ("registration", "by the admins" if admins else "open"),
            ]
        )
        screen.line("Next: muniment keys create ann.wallet --name ann")

    return Shown(document={"chain": chain, "directory": str(directory), "trust": trust}, show=show)


def status(directory: LedgerDir) -> Shown:
    """Show how a ledger is doing: its blocks, its roots, its size."""
    with looked_at(directory) as ledger:
        found = ledger.status()

    def show(screen: Screen) -> None:
        screen.title(found.chain)
        screen.pairs(
            [
                ("block", f"{found.height:,}"),
                ("of", moment(found.time_ms)),
                ("receipts", f"{found.log_size:,}"),
                ("log root", found.log_root.hex()),
                ("state root", found.state_root.hex()),
                ("size", size(found.size_bytes)),
                ("engine", found.engine),
            ]
        )

    return Shown(document={**found._asdict(), "time": moment(found.time_ms)}, show=show)

"""`accounts`: what a ledger knows of keys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from muniment.cli import wallets
from muniment.cli.commands import command, group
from muniment.cli.ledger import looked_at, opened
from muniment.cli.options import By, LedgerDir, WalletFile
from muniment.cli.screen import Screen, Shown, moment

app = group("accounts", "Register and revoke accounts, and look them up.")

_ACCOUNT = typer.Argument(metavar="ID", help="An account id or a wallet file.", show_default=False)


@command(app, "register", example="muniment accounts register ledger bea.wallet --by admin.wallet")
def register(
    directory: LedgerDir,
    wallet: WalletFile,
    by: Annotated[
        Path | None, typer.Option("--by", metavar="WALLET", help="An admin, on a closed ledger; else the account.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Name to publish; the wallet's unless given.")] = None,
) -> Shown:
    """Register an account: by itself to publish a name, or by an admin on a closed ledger."""
    registered, signer = wallets.load(wallet), wallets.load(by) if by else None
    with opened(directory) as ledger:
        receipt = ledger.accounts.register(registered, by=signer, name=name)
    return _done(f"Registered {registered.id}.", receipt)


@command(app, "revoke", example="muniment accounts revoke ledger mun1... --by admin.wallet --reason 'left the company'")
def revoke(
    directory: LedgerDir,
    account: Annotated[str, _ACCOUNT],
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why; say nothing about a person.")] = "",
) -> Shown:
    """End an account for ever: by itself, or by an admin."""
    signer = wallets.load(by)
    with opened(directory) as ledger:
        receipt = ledger.accounts.revoke(wallets.account(account), by=signer, reason=reason)
    return _done(f"Revoked {wallets.account(account)}.", receipt)


@command(app, "show", example="muniment accounts show ledger mun1...")
def show_account(directory: LedgerDir, account: Annotated[str, _ACCOUNT]) -> Shown:
    """Show what a ledger knows of an account."""
    import msgspec

    chosen = wallets.account(account)
    with looked_at(directory) as ledger:
        view = ledger.accounts.get(chosen)
    document = {**msgspec.structs.asdict(view), "account": chosen}

    def show(screen: Screen) -> None:
        screen.title(view.name or chosen)
        screen.pairs(
            [
                ("account", chosen),
                ("status", view.status),
                ("rotations", view.rotations),
                ("since", moment(view.since_ms) if view.since_ms else None),
                ("admin", "yes" if view.is_admin else None),
            ]
        )

    return Shown(document=document, show=show)


def _done(text: str, receipt: Any) -> Shown:
    document = {"transaction": receipt.transaction, "height": receipt.height}
    return Shown(document=document, show=lambda screen: screen.line(f"{text} Block {receipt.height:,}."))

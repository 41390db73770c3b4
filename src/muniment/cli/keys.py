"""`keys`: wallet files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from muniment.cli import wallets
from muniment.cli.commands import command, group
from muniment.cli.ledger import opened
from muniment.cli.options import LedgerDir, WalletFile
from muniment.cli.screen import Screen, Shown

app = group("keys", "Make, show and rotate keys: a wallet file holds those of one account.")

Suite = Annotated[str, typer.Option("--suite", help="ed25519, ml-dsa-65 (post-quantum) or dual (both must be good).")]
Plain = Annotated[bool, typer.Option("--plain", help="Write the private key unsealed, without a passphrase.")]


@command(app, "create", example="muniment keys create ann.wallet --name ann --suite dual")
def create(
    wallet: WalletFile,
    name: Annotated[str | None, typer.Option("--name", help="What to call it; the file's name unless given.")] = None,
    suite: Suite = "ed25519",
    plain: Plain = False,
) -> Shown:
    """Make new keys, and so a new account, in a wallet file.

    The file is sealed under a passphrase: MUNIMENT_PASSPHRASE, or asked for.
    """
    from muniment.cli.files import check_free
    from muniment.client.wallet import Wallet

    check_free(wallet)
    made = Wallet.create(name or wallet.stem, suite=suite)
    if plain:
        made.save(wallet, plain=True)
    else:
        made.save(wallet, passphrase=wallets.new_passphrase(wallet))

    def show(screen: Screen) -> None:
        screen.title(f"Made {wallet}: the keys of {made.name}.")
        screen.pairs([("account", made.id), ("suite", made.suite_name), ("sealed", "no" if plain else "yes")])
        screen.line("Keep a copy: nobody can restore a lost key." if not plain else "Whoever reads it can sign as you.")

    return Shown(document={**_public(wallet, made), "sealed": not plain}, show=show)


@command(app, "show", example="muniment keys show ann.wallet")
def show_wallet(wallet: WalletFile) -> Shown:
    """Show the public side of a wallet file; it stays closed."""
    found = _read(wallet)
    return Shown(document=found, show=lambda screen: screen.pairs(_rows(found)))


@command(app, "list", example="muniment keys list wallets/")
def list_wallets(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to look.")] = Path(),
) -> Shown:
    """List the wallet files in a directory."""
    from muniment.cli.errors import FileUnreadable

    if not directory.is_dir():
        raise FileUnreadable(path=str(directory), reason="it is not a directory")
    found = [one for one in map(_wallet_or_none, sorted(directory.iterdir())) if one is not None]

    def show(screen: Screen) -> None:
        if not found:
            screen.line(f"There are no wallet files in {directory}.")
            return
        screen.table(
            ("file", "name", "account", "suite", "sealed"),
            [(w["file"], w["name"], w["account"], w["suite"], "yes" if w["sealed"] else "NO") for w in found],
        )

    return Shown(document={"wallets": found}, show=show)


@command(app, "rotate", example="muniment keys rotate ledger ann.wallet --suite dual")
def rotate(
    directory: LedgerDir,
    wallet: WalletFile,
    suite: Annotated[str | None, typer.Option("--suite", help="Suite of the new keys; the same unless given.")] = None,
    plain: Plain = False,
) -> Shown:
    """Replace the keys of an account; its id stays.

    The new keys are saved beside the old ones before the ledger hears of them, and take their place afterwards.
    """
    import os

    fresh = wallet.with_name(f"{wallet.name}.next")
    old = wallets.load(wallet)
    to = old.rotated(suite=suite)
    with opened(directory) as ledger:
        to.save(fresh, **({"plain": True} if plain else {"passphrase": wallets.new_passphrase(fresh)}))
        try:
            receipt = ledger.accounts.rotate(old, to=to)
        except Exception as error:
            _discard_if_rejected(fresh, error)
            raise
        os.replace(fresh, wallet)
    document = {**_public(wallet, to), "transaction": receipt.transaction, "height": receipt.height}
    return Shown(
        document=document,
        show=lambda screen: screen.line(
            f"Rotated: {to.name} signs with new {to.suite_name} keys from block {receipt.height:,} on."
        ),
    )


def _discard_if_rejected(fresh: Path, error: Exception) -> None:
    from muniment.core.errors import Rejected

    # Only a rejection says for certain that the ledger did not take the new keys.
    if isinstance(error, Rejected):
        fresh.unlink(missing_ok=True)


def _public(path: Path, wallet: Any) -> dict[str, Any]:
    return {
        "file": str(path),
        "name": wallet.name,
        "account": wallet.id,
        "suite": wallet.suite_name,
        "public_key": wallet.public_key,
    }


def _read(path: Path) -> dict[str, Any]:
    from muniment.cli.files import read
    from muniment.client.wallet_file import LIMIT_BYTES, decode_file

    file = decode_file(read(path, limit_bytes=LIMIT_BYTES), wallet=str(path))
    return {
        "file": str(path),
        "name": file.name,
        "account": file.account,
        "suite": file.suite,
        "public_key": file.public_key,
        "sealed": file.seal is not None,
    }


def _rows(found: dict[str, Any]) -> list[tuple[str, object]]:
    key = found["public_key"].hex()
    shown = key if len(key) <= 64 else f"{key[:64]}... ({len(key) // 2} bytes)"
    sealed = "yes" if found["sealed"] else "NO: whoever reads the file can sign"
    named = [(name, found[name]) for name in ("name", "account", "suite")]
    return [*named, ("public key", shown), ("sealed", sealed)]


def _wallet_or_none(path: Path) -> dict[str, Any] | None:
    from muniment.core.errors import Rejected

    try:
        return _read(path) if path.is_file() else None
    except Rejected:
        return None

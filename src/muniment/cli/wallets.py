"""Wallet files on the command line: passphrases, and accounts named by a wallet."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from muniment.cli.errors import OptionMalformed

if TYPE_CHECKING:
    from muniment.client.wallet import Wallet


def load(path: Path) -> Wallet:
    """Return the wallet in a file; asks for the passphrase on a terminal unless MUNIMENT_PASSPHRASE holds it."""
    from muniment.client.wallet import PassphraseMissing, Wallet

    try:
        return Wallet.load(path)
    except PassphraseMissing:
        if not sys.stdin.isatty():
            raise
    return Wallet.load(path, passphrase=getpass(f"Passphrase of {path}: "))


def new_passphrase(path: Path) -> str:
    """Return the passphrase for a new wallet file: MUNIMENT_PASSPHRASE, or asked for twice on a terminal.

    Raises:
        PassphraseMissing: there is nobody to ask, or nothing was typed.
        OptionMalformed: the two differ.
    """
    from muniment.client.wallet import PASSPHRASE_VARIABLE, PassphraseMissing

    said = os.environ.get(PASSPHRASE_VARIABLE, "")
    if not said and sys.stdin.isatty():
        said = getpass(f"New passphrase for {path}: ")
        if said and getpass("The same again: ") != said:
            raise OptionMalformed(option="passphrase", given="(hidden)", expected="the same passphrase twice")
    if not said:
        raise PassphraseMissing(wallet=str(path))
    return said


def account(given: str) -> str:
    """Return an account id, given as such or as the path of a wallet file (which stays closed)."""
    from muniment.cli.files import read
    from muniment.client.wallet_file import LIMIT_BYTES, decode_file

    path = Path(given)
    if given.startswith("mun1") or not path.is_file():
        return given
    return decode_file(read(path, limit_bytes=LIMIT_BYTES), wallet=given).account

"""Accounts in the SDK: names, new keys, and the end of an account."""

from __future__ import annotations

from typing import Any

from muniment.client.identities import read_account
from muniment.client.link import Link
from muniment.client.wallet import Wallet
from muniment.client.writing import Receipt, send
from muniment.modules.accounts import messages
from muniment.modules.accounts.rules import rotation_digest


class Accounts:
    """Keys and who may use them."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, account: object) -> Any:
        """Return what the ledger knows of an account, given as a wallet or its text form."""
        return self._link.query("accounts", "account", account=read_account(account))

    def register(self, wallet: Wallet, *, by: Wallet | None = None, name: str | None = None) -> Receipt:
        """Register an account: by itself to publish a name, or by an admin on a closed ledger."""
        shown = wallet.name if name is None else name
        message = messages.RegisterAccount(wallet.suite, wallet.public_key, shown)
        return send(self._link, by or wallet, message)

    def rotate(self, wallet: Wallet, *, to: Wallet, by: Wallet | None = None) -> Receipt:
        """Replace an account's keys with those of `to = wallet.rotated(...)`, which afterwards is the one to use.

        Save `to` before you call this: the old keys are worth nothing afterwards.
        """
        if to.account != wallet.account:
            raise ValueError(f"to= is another account ({to.id}): make it with wallet.rotated(...)")
        old, new = (wallet.suite, wallet.public_key), (to.suite, to.public_key)
        proof = to.sign(rotation_digest(wallet.account, old=old, new=new))
        return send(self._link, by or wallet, messages.RotateKey(wallet.account, *old, *new, proof))

    def revoke(self, account: object, *, by: Wallet, reason: str = "") -> Receipt:
        """End an account for ever: by itself, or by an admin."""
        return send(self._link, by, messages.RevokeAccount(read_account(account), reason))

    def add_admin(self, account: object, *, by: Wallet) -> Receipt:
        """Make an account an admin."""
        return send(self._link, by, messages.AddAdmin(read_account(account)))

    def remove_admin(self, account: object, *, by: Wallet) -> Receipt:
        """Make an admin an ordinary account."""
        return send(self._link, by, messages.RemoveAdmin(read_account(account)))

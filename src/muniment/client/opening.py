"""Opening and making ledger directories."""

from __future__ import annotations

from pathlib import Path

from muniment.client.identities import read_accounts
from muniment.core.keys import encode_account
from muniment.modules.accounts.genesis import AccountsGenesis
from muniment.modules.accounts.types import Mode
from muniment.node import node
from muniment.node.home import Home
from muniment.node.observer import Observer
from muniment.storage.errors import NotALedger
from muniment.storage.ledger_store import KEEP_BLOCKS


def create(path: Path, *, name: str | None = None, admins: object = ()) -> None:
    """Make a ledger in an empty or absent directory; with admins, only they can register accounts."""
    accounts = [encode_account(admin) for admin in read_accounts(admins)]
    part = AccountsGenesis(registration=Mode.ADMIN if accounts else Mode.OPEN, admins=tuple(accounts))
    node.create(path, name=name, modules={"accounts": part})


def observed(path: Path) -> Observer:
    """Open the ledger in `path` for reading only."""
    if not Home(path).exists():
        raise NotALedger(path=str(path), reason="there is no ledger")
    return node.observe(path)


def opened(path: Path, *, create: bool, name: str | None, admins: object, keep_blocks: int | None) -> node.Node:
    """Open the ledger in `path`, making it first if that is wanted and there is none."""
    if not Home(path).exists():
        if not create:
            raise NotALedger(path=str(path), reason="there is no ledger")
        _create(path, name=name, admins=admins)
    return node.open_node(path, keep_blocks=KEEP_BLOCKS if keep_blocks is None else keep_blocks)


_create = create

"""A ledger opened for reading only, also while another process writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from muniment import app
from muniment.core.block import Head
from muniment.core.errors import Unavailable
from muniment.core.state import Bottom, Reader
from muniment.core.trust import Trust
from muniment.engines.contract import Outcome
from muniment.node.genesis import Genesis
from muniment.node.home import Home
from muniment.storage.ledger_store import LedgerStore
from muniment.storage.view import View


class Observer:
    """Look at a ledger without writing: every look sees the latest durable block.

    Args:
        home: Its directory.
        store: Its open store.
    """

    #: How it is called in a status.
    engine_name = "none (reading only)"

    def __init__(self, home: Home, store: LedgerStore) -> None:
        self.home = home
        self.store = store
        self.genesis = Genesis.decode(store.genesis)
        self.chain = self.genesis.chain
        self.trust = Trust(self.chain, (self.genesis.log_key,))

    @contextmanager
    def reader(self, height: int | None = None) -> Iterator[Reader]:
        """Read the state, at the head or after the block of `height`."""
        with self.view(height) as view:
            yield Bottom(view)

    @contextmanager
    def view(self, height: int | None = None) -> Iterator[View]:
        """Look at the store; keep it short."""
        with self.store.view(height) as view:
            yield view

    def query(self, module: str, query: str, /, **arguments: Any) -> Any:
        """Answer a query of a module."""
        with self.reader() as reader:
            return app.query(module, query)(reader, **arguments)

    def head(self) -> Head:
        """Return where the ledger stands."""
        return self.store.head()

    @property
    def pending(self) -> int:
        """How many transactions wait."""
        return 0

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Refuse: nothing can be written.

        Raises:
            Unavailable: always.
        """
        del transactions, wait_s
        raise Unavailable(
            f"the ledger in {self.home.path} is open for reading only: open it for writing, once no other process does"
        )

    def close(self) -> None:
        """Let go of the directory."""
        self.store.close()

"""One running ledger: its directory, its store, its engine, opened and closed together."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from muniment import app
from muniment.core.ed25519 import check_verifier
from muniment.core.errors import Halted
from muniment.core.state import Bottom, Reader
from muniment.core.trust import Trust
from muniment.engines.embedded import Embedded, Limits, now_ms
from muniment.node.genesis import Genesis, GenesisMalformed, check_genesis, write_genesis
from muniment.node.home import Home
from muniment.storage.ledger_store import KEEP_BLOCKS, LedgerStore
from muniment.storage.published import check_not_ahead, publish
from muniment.storage.view import View

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Node:
    """A ledger that this process has open. Threads may share it.

    Args:
        home: Its directory.
        store: Its open store.
        limits: See `Limits`.
        clock: Gives Unix milliseconds.
    """

    def __init__(
        self,
        home: Home,
        store: LedgerStore,
        *,
        limits: Limits | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        check_verifier()
        self.home = home
        self.store = store
        self.genesis = Genesis.decode(store.genesis)
        self.chain = self.genesis.chain
        signer = home.signer(self.chain)
        if signer[0].vkey() != self.genesis.log_key:
            raise Halted(
                f"the node key of {home.path} is not the one of this ledger",
                recover="put the ledger's own node.key back",
            )
        self.machine = app.machine()
        if store.is_new:
            write_genesis(store, self.genesis, self.machine, signer)
        self.trust = Trust(self.chain, (self.genesis.log_key,))
        if not home.trust.exists():
            home.write_trust(self.trust)
        _check_roots(store)
        check_not_ahead(store.head(), home.log)
        self.engine = Embedded(store, self.machine, chain=self.chain, signer=signer, limits=limits, clock=clock)
        self._publishing = threading.Lock()
        self._closed = False

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

    def publish(self) -> int:
        """Bring the published log up to the head; returns the number of files written."""
        with self._publishing, self.view() as view:
            return publish(view, self.home.log)

    def close(self) -> None:
        """Finish what is queued, publish the log, give the directory free."""
        if self._closed:
            return
        self._closed = True
        self.engine.close()
        try:
            self.publish()
        finally:
            self.store.close()


def create(
    path: Path,
    *,
    name: str | None = None,
    modules: Mapping[str, Any] | None = None,
    keep_blocks: int = KEEP_BLOCKS,
    clock: Callable[[], int] = now_ms,
) -> None:
    """Make a ledger in an empty or absent directory.

    Args:
        path: The directory.
        name: Starts the chain id; a to z, 0 to 9 and hyphens; the directory's name unless given.
        modules: Each module's part of the genesis, by name.
        keep_blocks: How many blocks back the state stays provable.
        clock: Gives Unix milliseconds.

    Raises:
        NotALedger: the directory holds other things.
        GenesisMalformed: the name or a module's part cannot be used.
    """
    home = Home(path)
    home.exists()
    chosen = _default_name(path) if name is None else name
    if not _NAME.fullmatch(chosen):
        raise GenesisMalformed(reason=f"the name {chosen!r} is not 1 to 40 of a-z, 0-9 and hyphens")
    chain = f"{chosen}-{secrets.token_hex(4)}"
    parts = {module: msgspec.Raw(msgspec.json.encode(part)) for module, part in (modules or {}).items()}
    genesis = Genesis(chain, clock(), "", parts)
    check_genesis(genesis, app.machine())
    home.make_key()
    key, _ = home.signer(chain)
    genesis = msgspec.structs.replace(genesis, log_key=key.vkey())
    LedgerStore.create(home.store, genesis=genesis.encode(), keep_blocks=keep_blocks).close()


def open_node(path: Path, *, keep_blocks: int = KEEP_BLOCKS, limits: Limits | None = None) -> Node:
    """Open the ledger in `path`.

    Raises:
        NotALedger, FormatUnknown: it is none, or of another format.
        InUse: another process has it open.
        Halted: it is damaged.
    """
    store = LedgerStore(Home(path).store, keep_blocks=keep_blocks)
    try:
        return Node(Home(path), store, limits=limits)
    except BaseException:
        store.close()
        raise


def _default_name(path: Path) -> str:
    return (re.sub(r"[^a-z0-9]+", "-", path.resolve().name.lower()).strip("-") or "ledger")[:40]


def _check_roots(store: LedgerStore) -> None:
    head, frontier = store.head(), store.frontier()
    if frontier.root() != head.log_root or frontier.size != head.log_size:
        raise Halted(
            "the ledger is damaged: its log does not match its last block",
            recover="run `muniment audit DIR` to locate the damage, and restore a copy",
        )

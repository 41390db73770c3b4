"""One running ledger: its directory, its store, its engine, opened and closed together."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec

from muniment import app
from muniment.core.block import Head
from muniment.core.ed25519 import check_verifier
from muniment.core.errors import Halted
from muniment.engines.contract import Outcome
from muniment.engines.embedded import Embedded, Limits, now_ms
from muniment.node.genesis import Genesis, GenesisMalformed, check_genesis, write_genesis
from muniment.node.home import Home
from muniment.node.observer import Observer
from muniment.storage.errors import NotALedger
from muniment.storage.ledger_store import KEEP_BLOCKS, LedgerStore
from muniment.storage.published import check_not_ahead, publish

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Node(Observer):
    """A ledger that this process has open for writing. Threads may share it.

    Args:
        home: Its directory.
        store: Its open store.
        limits: See `Limits`.
        clock: Gives Unix milliseconds.
    """

    engine_name = "embedded"

    def __init__(
        self,
        home: Home,
        store: LedgerStore,
        *,
        limits: Limits | None = None,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        check_verifier()
        super().__init__(home, store)
        signer = home.signer(self.chain)
        if signer[0].vkey() != self.genesis.log_key:
            raise Halted(
                f"the node key of {home.path} is not the one of this ledger",
                recover="put the ledger's own node.key back",
            )
        self.machine = app.machine()
        if store.is_new:
            write_genesis(store, self.genesis, self.machine, signer)
        if not home.trust.exists():
            home.write_trust(self.trust)
        _check_roots(store)
        with store.view() as view:
            check_not_ahead(view, home.log)
        self.engine = Embedded(store, self.machine, chain=self.chain, signer=signer, limits=limits, clock=clock)
        self._publishing = threading.Lock()
        self._closed = False

    def head(self) -> Head:
        """Return where the ledger stands."""
        return self.engine.head()

    @property
    def pending(self) -> int:
        """How many transactions wait."""
        return self.engine.pending

    def submit(self, transactions: Sequence[bytes], *, wait_s: float | None = None) -> Future[list[Outcome]]:
        """Queue encoded envelopes; see `Engine.submit`."""
        return self.engine.submit(transactions, wait_s=wait_s)

    def publish(self) -> int:
        """Bring the published log up to the head; returns the number of files written."""
        with self._publishing:
            return publish(self.store, self.home.log)

    def close(self) -> None:
        """Finish what is queued, publish the log, give the directory free."""
        self.engine.close()
        with self._publishing:
            if self._closed:
                return
            try:
                publish(self.store, self.home.log)
            finally:
                self._closed = True
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


def observe(path: Path) -> Observer:
    """Open the ledger in `path` for reading only; another process may be writing it.

    Raises:
        NotALedger, FormatUnknown: it is none, or of another format.
        Halted: it is damaged.
    """
    store = LedgerStore(Home(path).store, writable=False)
    try:
        if store.is_new:
            raise NotALedger(path=str(path), reason="it was made, but never opened")
        return Observer(Home(path), store)
    except BaseException:
        store.close()
        raise


def _check_roots(store: LedgerStore) -> None:
    head, frontier = store.head(), store.frontier()
    if frontier.root() != head.log_root or frontier.size != head.log_size:
        raise Halted(
            "the ledger is damaged: its log does not match its last block",
            recover="run `muniment audit DIR` to locate the damage, and restore a copy",
        )

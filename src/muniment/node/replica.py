"""The state of a ledger, rebuilt from its log: as large as the state, never as large as the log."""

from __future__ import annotations

from collections import deque

from muniment.core.block import Head
from muniment.core.chain import Closed, Trees
from muniment.core.merkle import EMPTY_ROOT, Frontier
from muniment.core.transaction import Window
from muniment.storage.view import View

#: Before block 0.
NOTHING = Head(-1, 0, bytes(32), EMPTY_ROOT, 0)


class Replica:
    """What the transactions so far amount to; implements `core.state.Store`.

    Facts are compared with the stored ones as they arise, and read from there: `view` must be set to the present
    look at the store.
    """

    view: View

    def __init__(self) -> None:
        self.head = NOTHING
        self.window = Window()
        self.values: dict[bytes, bytes] = {}
        self.pages: dict[bytes, bytes] = {}
        self.frontier = Frontier()
        #: The rightmost tile of every level.
        self.edge: dict[int, tuple[int, bytes]] = {}
        self.facts = 0
        #: Heights that changed values, as far back as the store keeps what was there before.
        self.changed: deque[int] = deque()
        #: Blocks with transactions.
        self.filled_blocks = 0

    @property
    def trees(self) -> Trees:
        """Where the two trees stand."""
        return Trees(self.frontier, self.tile, self.pages.get)

    def value_bytes(self, key: bytes) -> bytes | None:
        """Return the value of `key`."""
        return self.values.get(key)

    def fact_bytes(self, key: bytes) -> bytes | None:
        """Return the fact under `key`, if the transactions so far made it."""
        if int.from_bytes(key[-8:], "big") >> 8 >= self.head.log_size:
            return None
        return self.view.fact_bytes(key)

    def tile(self, level: int, index: int) -> bytes:
        """Return a tile at the right edge of the log."""
        at, data = self.edge.get(level, (0, b""))
        return data if at == index else b""

    def apply(self, closed: Closed) -> None:
        """Take a block over."""
        for state, changes in ((self.values, closed.values), (self.pages, closed.pages.items())):
            for name, data in changes:
                if data is None:
                    state.pop(name, None)
                else:
                    state[name] = data
        if closed.values or closed.pages:
            self.changed.append(closed.height)
        for (level, index), tile in sorted(closed.tiles.items()):
            self.edge[level] = (index, tile)
        blob = closed.identities
        for at in range(0, len(blob), 40):
            self.window.add(blob[at : at + 32], int.from_bytes(blob[at + 32 : at + 40], "big"))
        self.facts += len(closed.facts)
        self.filled_blocks += bool(blob)
        self.frontier = closed.frontier
        self.head = closed.head

    def forget_before(self, height: int) -> None:
        """Forget which blocks before `height` changed values."""
        while self.changed and self.changed[0] < height:
            self.changed.popleft()

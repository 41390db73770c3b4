"""Trees with integer thresholds and leaves, as flat tables over all trees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from muniment.exact.wire import Int64s

#: A double holds every integer up to this.
DOUBLE_EXACT = 2**53
#: Sums of leaves stay below this, far inside what a double holds, and covers of a tree within that: so an explanation's
#: products of both fit 64 bits.
LEAVES_EXACT, COVER_MAX = 2**40, 2**22
DEPTH_MAX = 64


@dataclass(frozen=True)
class Forest:
    """An ensemble whose prediction is the sum of one leaf per tree.

    Nodes are numbered: first the splits of all trees, each after its parent, then the leaves. A row goes left where its
    column is <= the threshold.

    Args:
        root: The split each tree starts with, ascending from 0.
        column: Column asked, per split.
        threshold: Integer threshold, per split.
        left: The node taken when column <= threshold, per split.
        right: The other node, per split.
        weight: Integer contribution, per leaf.
        cover: How many training rows (or how much weight) reached it, per leaf, at least 1.
    """

    root: Int64s
    column: Int64s
    threshold: Int64s
    left: Int64s
    right: Int64s
    weight: Int64s
    cover: Int64s

    @property
    def splits(self) -> int:
        """Number of splits; leaves are numbered from here."""
        return int(self.column.size)

    @property
    def nodes(self) -> int:
        """Number of splits and leaves."""
        return int(self.column.size + self.weight.size)

    @cached_property
    def child(self) -> Int64s:
        """The children of each node, [nodes, 2]: left, right. A leaf is its own child."""
        own = np.arange(self.nodes)
        table = np.stack([own, own], axis=1)
        table[: self.splits, 0] = self.left
        table[: self.splits, 1] = self.right
        return table

    @cached_property
    def levels(self) -> list[Int64s]:
        """The nodes level by level, roots first; stops after `DEPTH_MAX` + 1 levels of splits."""
        found = [self.root]
        while found[-1].size and len(found) <= DEPTH_MAX + 2:
            above = found[-1]
            found.append(self.child[above[above < self.splits]].ravel())
        return found[:-1]

    @property
    def depth(self) -> int:
        """Splits on the longest path."""
        return len(self.levels) - 1

    @cached_property
    def tree(self) -> Int64s:
        """Which tree each node belongs to."""
        tree = np.zeros(self.nodes, dtype=np.int64)
        tree[self.root] = np.arange(self.root.size)
        for level in self.levels:
            splits = level[level < self.splits]
            tree[self.child[splits]] = tree[splits, None]
        return tree

    @cached_property
    def span(self) -> tuple[int, int]:
        """The least and the greatest sum over trees of one leaf each."""
        low = np.full(self.root.size, LEAVES_EXACT)
        high = np.full(self.root.size, -LEAVES_EXACT)
        np.minimum.at(low, self.tree[self.splits :], self.weight)
        np.maximum.at(high, self.tree[self.splits :], self.weight)
        return int(low.sum()), int(high.sum())

    @cached_property
    def reach(self) -> int:
        """The sum over trees of the greatest leaf magnitude: bounds every partial sum in every order."""
        high = np.zeros(self.root.size, dtype=np.int64)
        np.maximum.at(high, self.tree[self.splits :], np.abs(self.weight))
        return sum(high.tolist())

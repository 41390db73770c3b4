"""Trees with integer thresholds and leaves, as flat tables over all nodes of all trees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from muniment.exact.wire import Int64s

#: float32 holds every integer up to this, and sums that stay below it are exact in any order.
FLOAT32_EXACT = 2**24
DEPTH_MAX = 64


@dataclass(frozen=True, slots=False)
class Forest:
    """An ensemble whose prediction is the sum of one leaf per tree.

    All arrays have one entry per node. Trees follow each other; within a tree nodes are numbered from 0 (the root)
    and children have higher numbers than their parent. A row goes left where its column is <= the threshold.

    Args:
        tree: Index of the tree of each node, ascending from 0.
        leaf: Whether the node is a leaf.
        column: Column asked at a split; 0 at a leaf.
        threshold: Integer threshold at a split; 0 at a leaf.
        left: Number, within the tree, of the child taken when column <= threshold; 0 at a leaf.
        right: Number of the other child; 0 at a leaf.
        weight: Integer contribution of a leaf; 0 at a split.
        cover: How many training rows (or how much weight) reached the node, at least 1.
    """

    tree: Int64s
    leaf: npt.NDArray[np.bool_]
    column: Int64s
    threshold: Int64s
    left: Int64s
    right: Int64s
    weight: Int64s
    cover: Int64s

    @cached_property
    def number(self) -> Int64s:
        """The number of each node within its tree."""
        return np.arange(self.tree.size) - self.root[self.tree]

    @cached_property
    def root(self) -> Int64s:
        """The index of each tree's root."""
        starts: Int64s = np.flatnonzero(np.diff(self.tree, prepend=-1))
        return starts

    @cached_property
    def child(self) -> Int64s:
        """Indices of the children, [nodes, 2]: left, right. A leaf is its own child."""
        own = np.arange(self.tree.size)
        start = self.root[self.tree]
        table = np.stack([start + self.left, start + self.right], axis=1)
        table[self.leaf] = own[self.leaf, None]
        return np.ascontiguousarray(table)

    @cached_property
    def depth(self) -> int:
        """Splits on the longest path, at most `DEPTH_MAX` + 1."""
        frontier, depth = self.root, 0
        while depth <= DEPTH_MAX:
            frontier = frontier[~self.leaf[frontier]]
            if frontier.size == 0:
                return depth
            frontier = self.child[frontier].ravel()
            depth += 1
        return depth

    @cached_property
    def span(self) -> tuple[int, int]:
        """The least and the greatest sum over trees of one leaf each."""
        low = np.minimum.reduceat(np.where(self.leaf, self.weight, FLOAT32_EXACT), self.root)
        high = np.maximum.reduceat(np.where(self.leaf, self.weight, -FLOAT32_EXACT), self.root)
        return int(low.sum()), int(high.sum())

    @cached_property
    def reach(self) -> int:
        """The sum over trees of the greatest leaf magnitude: bounds every partial sum in every order."""
        return int(np.maximum.reduceat(np.abs(self.weight), self.root).sum())

    def leaves(self, columns: Int64s) -> Int64s:
        """Return the leaf each tree gives to one row.

        Args:
            columns: The row, one integer per column.
        """
        at = self.root
        for _ in range(self.depth):
            at = self.child[at, (columns[self.column[at]] > self.threshold[at]).view(np.int8)]
        return at

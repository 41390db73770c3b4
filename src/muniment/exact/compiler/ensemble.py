"""What every family of tree models is read into, before anything is rounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RawTree:
    """One tree as trained; the first node is the root. Arrays have one entry per node.

    Args:
        feature: Feature asked, -1 at a leaf.
        threshold: Rows whose value passes the comparison with it go left.
        left: Index of the child taken when the comparison holds.
        right: Index of the other child.
        value: Contribution of a leaf.
        cover: Training rows (or weight) that reached the node.
        missing_left: Whether a missing value goes left.
        left_codes: For categorical splits, by node, the codes that go left.
    """

    feature: Int64s
    threshold: Floats
    left: Int64s
    right: Int64s
    value: Floats
    cover: Floats
    missing_left: Bools
    left_codes: dict[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees whose leaves add up to the score.

    Args:
        trees: The trees.
        base: Added to the sum of leaves.
        link: Meaning of the score, see `ScoreType`.
        name: What is scored.
        unit: Unit of the score, for people.
        single: Whether values are rounded to float32 before they are compared.
        strict: Whether rows go left when value < threshold (otherwise <=).
        categories: Labels of categorical features, by feature; `None` takes whole numbers as their own codes.
        frame_labels: Labels of the categorical columns of the data frame, in order of columns, where the model
            knows them only so.
        takes_missing: Whether the estimator accepts missing values at all.
    """

    trees: list[RawTree]
    base: float
    link: str
    name: str
    unit: str
    single: bool = False
    strict: bool = False
    categories: dict[int, tuple[Any, ...] | None] = field(default_factory=dict)
    frame_labels: tuple[tuple[Any, ...], ...] = ()
    takes_missing: bool = True


@dataclass(frozen=True, slots=True)
class Dense:
    """A linear model (one layer) or a perceptron with rectified hidden layers.

    Args:
        weights: One matrix [inputs, outputs] per layer.
        biases: One vector [outputs] per layer.
        link: Meaning of the score, see `ScoreType`.
        name: What is scored.
        unit: Unit of the score, for people.
    """

    weights: list[Floats]
    biases: list[Floats]
    link: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Scaling:
    """One per-feature step before the model: (value - shift) / scale, or value * scale + shift.

    Args:
        shift: Per feature.
        scale: Per feature.
        divides: Which of the two forms.
    """

    shift: Floats
    scale: Floats
    divides: bool

    def apply(self, values: Floats, feature: Int64s | slice = slice(None)) -> Floats:
        """Return `values` of the given features after this step, rounded as the estimator's own pipeline does."""
        shift, scale = self.shift[feature], self.scale[feature]
        return (values - shift) / scale if self.divides else values * scale + shift


def tree_from_lists(nodes: list[dict[str, Any]]) -> RawTree:
    """Return a tree from one mapping per node; absent entries are zero, a leaf has no feature."""

    def column(name: str, default: float = 0) -> list[Any]:
        return [node.get(name, default) for node in nodes]

    return RawTree(
        feature=np.array(column("feature", -1), dtype=np.int64),
        threshold=np.array(column("threshold"), dtype=np.float64),
        left=np.array(column("left"), dtype=np.int64),
        right=np.array(column("right"), dtype=np.int64),
        value=np.array(column("value"), dtype=np.float64),
        cover=np.array(column("cover"), dtype=np.float64),
        missing_left=np.array(column("missing_left"), dtype=np.bool_),
        left_codes={index: node["left_codes"] for index, node in enumerate(nodes) if "left_codes" in node},
    )

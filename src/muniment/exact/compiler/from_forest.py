"""Single trees, forests and isolation forests of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Ensemble, Floats, RawTree
from muniment.exact.compiler.estimators import positive_class, unsupported


def read_forest(estimator: Any) -> Ensemble:
    """Read a fitted random forest or extra trees: the mean of its trees."""
    count = len(estimator.estimators_)
    return _mean_of(estimator, [tree.tree_ for tree in estimator.estimators_], count)


def read_tree(estimator: Any) -> Ensemble:
    """Read one fitted decision tree."""
    return _mean_of(estimator, [estimator.tree_], 1)


def _mean_of(estimator: Any, trees: list[Any], count: int) -> Ensemble:
    if estimator.n_outputs_ != 1:
        raise unsupported(estimator, f"it predicts {estimator.n_outputs_} targets", "train one model per target")
    if not hasattr(estimator, "classes_"):
        raw = [raw_tree(tree, tree.value[:, 0, 0] / count) for tree in trees]
        return Ensemble(raw, 0.0, "identity", "prediction", "", single=True)
    name = positive_class(estimator)
    raw = [raw_tree(tree, tree.value[:, 0, 1] / tree.value[:, 0, :].sum(axis=1) / count) for tree in trees]
    return Ensemble(raw, 0.0, "probability", name, "probability", single=True)


def read_isolation(estimator: Any) -> Ensemble:
    """Read a fitted isolation forest: minus the mean path length, so that more anomalous scores higher.

    Source: Liu, Ting, Zhou: Isolation Forest, 2008, equations 1 and 2.
    """
    count = len(estimator.estimators_)
    raw = []
    for tree, features in zip(estimator.estimators_, estimator.estimators_features_, strict=True):
        lengths = _depths(tree.tree_) + _average_path(np.asarray(tree.tree_.n_node_samples))
        raw.append(raw_tree(tree.tree_, -lengths / count, np.asarray(features)))
    return Ensemble(raw, 0.0, "path-length", "anomaly", "minus mean path length", single=True)


def _depths(tree: Any) -> Floats:
    depths = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depths[child] = depths[node] + 1
    return depths


def _average_path(samples: Floats) -> Floats:
    """Return the mean path length of an unsuccessful search in a binary tree of `samples` rows."""
    many = np.maximum(samples, 3).astype(np.float64)
    length = 2.0 * (np.log(many - 1.0) + np.euler_gamma) - 2.0 * (many - 1.0) / many
    return np.select([samples <= 1, samples == 2], [0.0, 1.0], length)


def raw_tree(tree: Any, value: Floats, features: Floats | None = None) -> RawTree:
    """Return a tree of scikit-learn's with leaf values `value`.

    Args:
        tree: The `tree_` of a fitted decision tree.
        value: One value per node, used at leaves.
        features: What its feature indices stand for, if not themselves.
    """
    leaf = tree.children_left < 0
    asked = np.where(leaf, 0, tree.feature)
    named = asked if features is None else features[asked]
    missing = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count))
    return RawTree(
        feature=np.where(leaf, -1, named).astype(np.int64),
        threshold=np.where(leaf, 0.0, tree.threshold),
        left=np.where(leaf, 0, tree.children_left).astype(np.int64),
        right=np.where(leaf, 0, tree.children_right).astype(np.int64),
        value=np.where(leaf, value, 0.0),
        # Weighted as in training: bootstrap draws, sample weights and class weights count.
        cover=np.asarray(tree.weighted_n_node_samples, dtype=np.float64),
        missing_left=np.asarray(missing).astype(np.bool_),
    )

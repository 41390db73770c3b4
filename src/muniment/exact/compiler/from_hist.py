"""Histogram gradient boosting of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Ensemble, Int64s, RawTree
from muniment.exact.compiler.estimators import positive_class, unsupported
from muniment.exact.frames import is_missing

_LINKS = {"squared_error": "identity", "absolute_error": "identity", "quantile": "identity", "poisson": "log"}


def read_hist(estimator: Any) -> Ensemble:
    """Read a fitted HistGradientBoostingClassifier or HistGradientBoostingRegressor."""
    place, categories = _columns(estimator)
    base = float(np.ravel(estimator._baseline_prediction)[0])
    if hasattr(estimator, "classes_"):
        name, unit, link = positive_class(estimator), "log-odds", "logit"
    else:
        link = {**_LINKS, "gamma": "log"}.get(estimator.loss, "")
        name, unit = "prediction", "log" if link == "log" else ""
    if not link:
        raise unsupported(estimator, f"its loss is {estimator.loss!r}", "train with loss='squared_error'")
    trees = [_tree(step[0], place) for step in estimator._predictors]
    return Ensemble(trees, base, link, name, unit, categories=categories)


def _columns(estimator: Any) -> tuple[Int64s, dict[int, tuple[Any, ...] | None]]:
    """Return which feature each internal column is (categorical ones come first), and the categories."""
    count = int(estimator.n_features_in_)
    if estimator.is_categorical_ is None:
        return np.arange(count), {}
    flags = np.asarray(estimator.is_categorical_)
    place = np.concatenate([np.flatnonzero(flags), np.flatnonzero(~flags)])
    known = estimator._preprocessor.named_transformers_["encoder"].categories_
    labels = [tuple(value for value in values.tolist() if not is_missing(value)) for values in known]
    return place, dict(zip(np.flatnonzero(flags).tolist(), labels, strict=True))


def _tree(predictor: Any, place: Int64s) -> RawTree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(np.bool_)
    sides = {
        int(node): _codes(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
        for node in np.flatnonzero(nodes["is_categorical"].astype(np.bool_) & ~leaf)
    }
    return RawTree(
        feature=np.where(leaf, -1, place[np.where(leaf, 0, nodes["feature_idx"])]).astype(np.int64),
        threshold=np.where(leaf, 0.0, nodes["num_threshold"]),
        left=np.where(leaf, 0, nodes["left"]).astype(np.int64),
        right=np.where(leaf, 0, nodes["right"]).astype(np.int64),
        value=np.where(leaf, nodes["value"], 0.0),
        cover=nodes["count"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        left_codes=sides,
    )


def _codes(bitset: Any) -> frozenset[int]:
    """Return the set bits of a bitset of 32-bit words."""
    words = np.asarray(bitset, dtype=np.uint32).tolist()
    return frozenset(32 * place + bit for place, word in enumerate(words) for bit in range(32) if word >> bit & 1)

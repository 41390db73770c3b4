"""Gradient boosting of scikit-learn (the classic one)."""

from __future__ import annotations

from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Ensemble
from muniment.exact.compiler.estimators import positive_class, unsupported
from muniment.exact.compiler.from_forest import raw_tree


def read_boosting(estimator: Any) -> Ensemble:
    """Read a fitted GradientBoostingClassifier or GradientBoostingRegressor."""
    trees = [tree.tree_ for tree in estimator.estimators_[:, 0]]
    raw = [raw_tree(tree, estimator.learning_rate * tree.value[:, 0, 0]) for tree in trees]
    if not hasattr(estimator, "classes_"):
        return Ensemble(raw, _base(estimator), "identity", "prediction", "", single=True, takes_missing=False)
    name = positive_class(estimator)
    if estimator.loss != "log_loss":
        raise unsupported(estimator, f"its loss {estimator.loss!r} has another link", "train with loss='log_loss'")
    return Ensemble(raw, _base(estimator), "logit", name, "log-odds", single=True, takes_missing=False)


def _base(estimator: Any) -> float:
    """Return the constant the trees add to."""
    first = estimator.init_
    if isinstance(first, str) and first == "zero":
        return 0.0
    kind = type(first).__name__
    if kind == "DummyRegressor":
        return float(np.ravel(first.constant_)[0])
    if kind == "DummyClassifier" and hasattr(first, "class_prior_"):
        tiny = float(np.finfo(np.float32).eps)
        chance = float(np.clip(first.class_prior_[1], tiny, 1 - tiny))
        return float(np.log(chance / (1 - chance)))
    raise unsupported(estimator, f"it starts from {kind}", "train with init=None or init='zero'")

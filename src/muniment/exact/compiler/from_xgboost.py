"""XGBoost boosters and their scikit-learn wrappers."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Ensemble, RawTree
from muniment.exact.compiler.estimators import positive_class, unsupported

_LINKS = {
    "binary:logistic": "logit",
    "reg:logistic": "logit",
    "binary:logitraw": "logit",
    **{f"reg:{name}": "identity" for name in ("squarederror", "absoluteerror", "pseudohubererror", "quantileerror")},
    **{name: "log" for name in ("count:poisson", "reg:gamma", "reg:tweedie")},
}


def read_xgboost(estimator: Any) -> Ensemble:
    """Read a trained booster, up to its best iteration if it stopped early."""
    booster = estimator.get_booster() if hasattr(estimator, "get_booster") else estimator
    learner = json.loads(booster.save_raw("json"))["learner"]
    objective, shape = learner["objective"]["name"], learner["learner_model_param"]
    link = _LINKS.get(objective, "")
    if not link or int(shape.get("num_class", 0)) > 1 or int(shape.get("num_target", 1)) > 1:
        remedy = f"use one of {', '.join(_LINKS)}, with one class or target"
        raise unsupported(estimator, f"its objective is {objective!r}", remedy)
    if learner["gradient_booster"]["name"] != "gbtree":
        raise unsupported(estimator, f"its booster is {learner['gradient_booster']['name']!r}", "use booster='gbtree'")
    model = learner["gradient_booster"]["model"]
    if int(model["gbtree_model_param"].get("num_parallel_tree", 1)) > 1:
        raise unsupported(estimator, "it grows several trees at a time", "use num_parallel_tree=1")
    if any(float(weight) != 1 for weight in model.get("weight_drop", ())):
        # From 3.4 on a booster that drops trees is a gbtree with weights.
        raise unsupported(estimator, "it weighs its trees (dropout)", "train without rate_drop, skip_drop and one_drop")
    trees = [_tree(estimator, tree) for tree in model["trees"]][: _iterations(booster)]
    name = positive_class(estimator) if hasattr(estimator, "classes_") else "prediction"
    unit = {"logit": "log-odds", "log": "log"}.get(link, "")
    return Ensemble(trees, _base(shape["base_score"], objective, link), link, name, unit, single=True, strict=True)


def _iterations(booster: Any) -> int | None:
    best = booster.attr("best_iteration")
    return None if best is None else int(best) + 1


def _base(text: str, objective: str, link: str) -> float:
    """Return the starting score from the base score, which XGBoost states as a probability or mean."""
    value = float(text.strip("[]"))
    if link == "logit" and objective != "binary:logitraw":
        return math.log(value) - math.log1p(-value)
    return math.log(value) if link == "log" else value


def _tree(estimator: Any, tree: dict[str, Any]) -> RawTree:
    if any(tree["split_type"]):
        raise unsupported(
            estimator,
            "it splits on categories",
            "encode them as numbers, or use LightGBM or HistGradientBoosting",
        )
    leaf = np.array(tree["left_children"]) < 0
    conditions = np.array(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    return RawTree(
        feature=np.where(leaf, -1, tree["split_indices"]).astype(np.int64),
        threshold=np.where(leaf, 0.0, conditions),
        left=np.where(leaf, 0, tree["left_children"]).astype(np.int64),
        right=np.where(leaf, 0, tree["right_children"]).astype(np.int64),
        value=np.where(leaf, conditions, 0.0),
        cover=np.array(tree["sum_hessian"], dtype=np.float64),
        missing_left=np.array(tree["default_left"], dtype=np.bool_),
    )

"""LightGBM boosters and their scikit-learn wrappers."""

from __future__ import annotations

from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Ensemble, RawTree, tree_from_lists
from muniment.exact.compiler.estimators import positive_class, unsupported

_LINKS = {
    "binary": "logit",
    "cross_entropy": "logit",
    "poisson": "log",
    "gamma": "log",
    "tweedie": "log",
    **{name: "identity" for name in ("regression", "regression_l1", "huber", "fair", "quantile", "mape")},
}


def read_lightgbm(estimator: Any) -> Ensemble:
    """Read a trained booster, up to its best iteration if it stopped early."""
    booster = getattr(estimator, "booster_", estimator)
    model = booster.dump_model()
    objective, *options = str(model.get("objective", "none")).split(" ")
    link = _LINKS.get(objective, "")
    odd = [option for option in options if option == "sqrt" or option.startswith("sigmoid:")]
    if not link or model["num_tree_per_iteration"] != 1 or set(odd) - {"sigmoid:1"}:
        remedy = f"use one of {', '.join(_LINKS)}, with sigmoid=1 and one class or target"
        raise unsupported(estimator, f"its objective is {model.get('objective')!r}", remedy)
    labels = model.get("pandas_categorical") or []
    trees = [_tree(estimator, tree["tree_structure"]) for tree in model["tree_info"]]
    if model["average_output"]:
        raise unsupported(estimator, "boosting='rf' averages its trees", "use a random forest of scikit-learn")
    name = positive_class(estimator) if hasattr(estimator, "classes_") else "prediction"
    asked = sorted({node for tree in trees for node in tree.feature[list(tree.left_codes)].tolist()})
    return Ensemble(
        trees,
        0.0,
        link,
        name,
        {"logit": "log-odds", "log": "log"}.get(link, ""),
        categories={} if labels else dict.fromkeys(asked),
        frame_labels=tuple(tuple(values) for values in labels),
    )


def _tree(estimator: Any, root: dict[str, Any]) -> RawTree:
    nodes: list[dict[str, Any]] = []
    waiting: list[tuple[dict[str, Any], int, str]] = [(root, -1, "")]
    while waiting:
        found, parent, side = waiting.pop()
        if parent >= 0:
            nodes[parent][side] = len(nodes)
        if "split_feature" in found:
            waiting += [(found[f"{way}_child"], len(nodes), way) for way in ("right", "left")]
            nodes.append(_split(estimator, found))
        else:
            nodes.append({"value": found["leaf_value"], "cover": found.get("leaf_count", 1)})
    return tree_from_lists(nodes)


def _split(estimator: Any, found: dict[str, Any]) -> dict[str, Any]:
    node = {"feature": found["split_feature"], "cover": found["internal_count"]}
    if found["missing_type"] == "Zero":
        raise unsupported(estimator, "it treats zero as missing", "train with zero_as_missing=False")
    if found["decision_type"] == "==":
        codes = frozenset(int(code) for code in str(found["threshold"]).split("||"))
        return {**node, "left_codes": codes, "missing_left": False}
    threshold = float(found["threshold"])
    # Without a branch for missing values LightGBM reads them as 0.
    missing_left = found["default_left"] if found["missing_type"] == "NaN" else threshold >= 0
    return {**node, "threshold": np.float64(threshold), "missing_left": missing_left}

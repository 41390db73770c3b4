"""Recognise an estimator and hand it to its family, without importing its library."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import numpy as np

from muniment.exact.compiler.ensemble import Dense, Ensemble, Scaling
from muniment.exact.errors import EstimatorUnsupported

Read = Callable[[Any], Ensemble | Dense]

_DENSE = ("LogisticRegression", "LogisticRegressionCV", "LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV")
_FOREST = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
_PACKAGE = "muniment.exact.compiler."
#: (library, class) -> (module, function) that reads it.
FAMILIES: dict[tuple[str, str], tuple[str, str]] = {
    **{("sklearn", name): ("from_dense", "read_linear") for name in (*_DENSE, "ElasticNet", "ElasticNetCV")},
    ("sklearn", "MLPClassifier"): ("from_dense", "read_perceptron"),
    ("sklearn", "MLPRegressor"): ("from_dense", "read_perceptron"),
    **{("sklearn", name): ("from_forest", "read_forest") for name in _FOREST},
    ("sklearn", "DecisionTreeClassifier"): ("from_forest", "read_tree"),
    ("sklearn", "DecisionTreeRegressor"): ("from_forest", "read_tree"),
    ("sklearn", "IsolationForest"): ("from_forest", "read_isolation"),
    ("sklearn", "GradientBoostingClassifier"): ("from_boosting", "read_boosting"),
    ("sklearn", "GradientBoostingRegressor"): ("from_boosting", "read_boosting"),
    ("sklearn", "HistGradientBoostingClassifier"): ("from_hist", "read_hist"),
    ("sklearn", "HistGradientBoostingRegressor"): ("from_hist", "read_hist"),
    **{("lightgbm", name): ("from_lightgbm", "read_lightgbm") for name in ("LGBMClassifier", "LGBMRegressor")},
    ("lightgbm", "Booster"): ("from_lightgbm", "read_lightgbm"),
    **{("xgboost", name): ("from_xgboost", "read_xgboost") for name in ("XGBClassifier", "XGBRegressor", "Booster")},
}


def read_estimator(estimator: Any) -> tuple[Ensemble | Dense, list[Scaling]]:
    """Return the model inside `estimator`, and the scaling steps of a pipeline before it.

    Raises:
        EstimatorUnsupported: not a family on the list, or an option without an exact form.
    """
    if hasattr(estimator, "steps") and not hasattr(estimator, "tree_"):
        return _read_pipeline(estimator)
    for kind in type(estimator).__mro__:
        found = FAMILIES.get((kind.__module__.partition(".")[0], kind.__name__))
        if found is not None:
            read = getattr(import_module(_PACKAGE + found[0]), found[1])
            return cast(Read, read)(estimator), []
    known = ", ".join(dict.fromkeys(name for _, name in FAMILIES))
    raise unsupported(estimator, "it is not one of the families with an exact form", f"use one of {known}")


def _read_pipeline(pipeline: Any) -> tuple[Ensemble | Dense, list[Scaling]]:
    steps = list(pipeline.steps)
    scalings = [_scaling(step) for _, step in steps[:-1] if step is not None and step != "passthrough"]
    model, _ = read_estimator(steps[-1][1])
    return model, scalings


def _scaling(step: Any) -> Scaling:
    name = type(step).__name__
    count = int(getattr(step, "n_features_in_", 0))
    zeros, ones = np.zeros(count), np.ones(count)
    if name in ("StandardScaler", "RobustScaler"):
        shift = step.mean_ if name == "StandardScaler" and step.with_mean else getattr(step, "center_", None)
        return Scaling(zeros if shift is None else shift, ones if step.scale_ is None else step.scale_, divides=True)
    if name == "MaxAbsScaler":
        return Scaling(zeros, step.scale_, divides=True)
    if name == "MinMaxScaler" and not step.clip:
        return Scaling(step.min_, step.scale_, divides=False)
    raise unsupported(
        step,
        "only StandardScaler, RobustScaler, MaxAbsScaler and MinMaxScaler(clip=False) are folded into a model",
        "transform the data before the pipeline, and compile the estimator alone",
    )


def unsupported(estimator: Any, reason: str, remedy: str) -> EstimatorUnsupported:
    """Return the refusal of an estimator."""
    return EstimatorUnsupported(estimator=type(estimator).__name__, reason=reason, remedy=remedy)


def positive_class(estimator: Any) -> str:
    """Return the name of the second of two classes.

    Raises:
        EstimatorUnsupported: not exactly two classes.
    """
    classes = list(getattr(estimator, "classes_", []))
    if len(classes) != 2:
        raise unsupported(
            estimator, f"it has {len(classes)} classes", "train one binary classifier per class, and compile each"
        )
    return str(classes[1])

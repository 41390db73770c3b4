"""Linear models and perceptrons of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from muniment.exact.compiler.ensemble import Dense
from muniment.exact.compiler.estimators import positive_class, unsupported


def read_linear(estimator: Any) -> Dense:
    """Read a fitted linear or logistic regression."""
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=np.float64))
    bias = np.atleast_1d(np.asarray(estimator.intercept_, dtype=np.float64))
    if hasattr(estimator, "classes_"):
        return Dense([weights.T], [bias], "logit", positive_class(estimator), "log-odds")
    if weights.shape[0] != 1:
        raise unsupported(estimator, f"it predicts {weights.shape[0]} targets", "train one model per target")
    return Dense([weights.T], [bias], "identity", "prediction", "")


def read_perceptron(estimator: Any) -> Dense:
    """Read a fitted multi-layer perceptron with rectified or linear hidden layers."""
    weights = [np.asarray(matrix, dtype=np.float64) for matrix in estimator.coefs_]
    biases = [np.asarray(vector, dtype=np.float64) for vector in estimator.intercepts_]
    if estimator.activation not in ("relu", "identity"):
        raise unsupported(
            estimator,
            f"its hidden activation {estimator.activation!r} has no exact integer form",
            "train with activation='relu'",
        )
    if hasattr(estimator, "classes_"):
        name, unit, link = positive_class(estimator), "log-odds", "logit"
    elif weights[-1].shape[1] != 1:
        raise unsupported(estimator, f"it predicts {weights[-1].shape[1]} targets", "train one model per target")
    else:
        name, unit, link = "prediction", "", "identity"
    if getattr(estimator, "out_activation_", "identity") not in ("identity", "logistic"):
        raise unsupported(estimator, f"its output is {estimator.out_activation_!r}", "use the default output")
    if estimator.activation == "identity":
        while len(weights) > 1:
            biases[:2] = [biases[0] @ weights[1] + biases[1]]
            weights[:2] = [weights[0] @ weights[1]]
    return Dense(weights, biases, link, name, unit)

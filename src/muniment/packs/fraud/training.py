"""Training: choose a family by looking forward in time within the training part alone, then fit it on all of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from muniment.exact.card import Feature
from muniment.packs.fraud.errors import LibraryMissing
from muniment.packs.fraud.metrics import average_precision
from muniment.packs.fraud.payments import Bools, Floats, Parts, features, inputs, is_fraud, weights
from muniment.packs.fraud.thresholds import Thresholds, choose

if TYPE_CHECKING:
    import pandas as pd

    from muniment.exact import ExactModel

#: Names of the two classes; the second is what is scored.
LABELS = ("clean", "fraud")
_SEED = 2013
#: Shares of the training part: learn on what is before the first number, score what is between the two.
_FOLDS = ((0.40, 0.60), (0.60, 0.80), (0.80, 1.00))


@dataclass(frozen=True)
class Choice:
    """What the validation said about one family.

    Attributes:
        name: The family.
        average_precision: At the original prevalence, one per fold.
    """

    name: str
    average_precision: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The figure the choice is made by."""
        return sum(self.average_precision) / len(self.average_precision)


@dataclass(frozen=True)
class Trained:
    """A fraud model ready to be published.

    Attributes:
        model: The exact model.
        chosen: Name of its family.
        choices: All families validated, best first.
        thresholds: Where review and block begin.
        took_s: Seconds for validation, fitting and compiling.
    """

    model: ExactModel
    chosen: str
    choices: tuple[Choice, ...]
    thresholds: Thresholds
    took_s: float


def candidates() -> dict[str, Callable[[], Any]]:
    """Return makers of unfitted estimators by name, every one with an exact form.

    Raises:
        LibraryMissing: scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise LibraryMissing(library="scikit-learn") from None
    grown = {"max_depth": 12, "random_state": _SEED}
    boosted = {"max_iter": 100, "learning_rate": 0.06, "max_depth": 4, "min_samples_leaf": 5, "l2_regularization": 10.0}
    return {
        "extra trees": lambda: ExtraTreesClassifier(**grown, n_estimators=200),
        "random forest": lambda: RandomForestClassifier(**grown, n_estimators=100, min_samples_leaf=2),
        "gradient boosting": lambda: HistGradientBoostingClassifier(
            **boosted, max_features=0.3, early_stopping=False, random_state=_SEED
        ),
        "logistic regression": lambda: make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)),
    }


def train(parts: Parts, *, families: Mapping[str, Callable[[], Any]] | None = None) -> Trained:
    """Return the model of the best family, compiled, with its thresholds. The later part is never looked at.

    Args:
        parts: Payments cut by time.
        families: Makers of unfitted estimators by name; those of `candidates` unless given.
    """
    from muniment import exact

    began = time.perf_counter()
    declared = features()
    made = candidates() if families is None else families
    with _one_thread():
        choices = tuple(sorted((validate(name, make, parts.training) for name, make in made.items()), key=_worst_last))
        chosen = choices[0].name
        estimator = fitted(made[chosen](), parts.training)
    fraud = is_fraud(parts.calibration)
    weight = weights(fraud)
    model = exact.compile(
        estimator,
        calibration=inputs(parts.calibration),
        target=labels(fraud),
        weights=weight,
        features=declared,
    )
    return Trained(
        model=model,
        chosen=chosen,
        choices=choices,
        thresholds=choose(fraud, scores(model, parts.calibration), weight),
        took_s=time.perf_counter() - began,
    )


def validate(name: str, make: Callable[[], Any], training: pd.DataFrame) -> Choice:
    """Return how an estimator does on stretches of time it has not seen, learning from all that came before."""
    figures = []
    for until, end in _FOLDS:
        first, last = int(len(training) * until), int(len(training) * end)
        past, ahead = training.iloc[:first], training.iloc[first:last]
        fraud = is_fraud(ahead)
        figures.append(average_precision(fraud, _suspicion(fitted(make(), past), ahead), weights(fraud)))
    return Choice(name, tuple(figures))


def fitted(estimator: Any, payments: pd.DataFrame) -> Any:
    """Fit `estimator` at the original prevalence and return it."""
    fraud = is_fraud(payments)
    step = f"{estimator.steps[-1][0]}__" if hasattr(estimator, "steps") else ""
    rounded = _as_declared(payments, features())
    return estimator.fit(rounded, labels(fraud), **{f"{step}sample_weight": weights(fraud)})


def labels(fraud: Bools) -> Any:
    """Return the name of the class of each payment."""
    return np.array(LABELS)[fraud.astype(np.int64)]


def scores(model: ExactModel, payments: pd.DataFrame) -> Any:
    """Return the integer scores of the exact model, int64 [rows].

    Raises:
        Rejected: the first payment the model does not take, and why.
    """
    from muniment import exact

    table, faults = exact.quantize_many(model.card, inputs(payments))
    if faults:
        raise faults[0][1]
    return exact.load(model.artifact).run(table)


def _suspicion(estimator: Any, payments: pd.DataFrame) -> Floats:
    rounded = _as_declared(payments, features())
    found: Floats = np.asarray(estimator.predict_proba(rounded)[:, 1], dtype=np.float64)
    return found


def _as_declared(payments: pd.DataFrame, declared: tuple[Feature, ...]) -> pd.DataFrame:
    """Return the model's columns rounded to the declared decimals: learn from what the ledger will see."""
    return inputs(payments).round({feature.name: feature.decimals for feature in declared})


def _worst_last(choice: Choice) -> float:
    return -choice.mean


def _one_thread() -> Any:
    """Keep native thread pools out of a few thousand rows: on busy machines they cost more than they bring."""
    return import_module("threadpoolctl").threadpool_limits(1)

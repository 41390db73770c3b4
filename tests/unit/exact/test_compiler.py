"""What compiles to what, and what is refused."""

from __future__ import annotations

import warnings
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import xgboost
from sklearn import ensemble, linear_model, neural_network, pipeline, preprocessing, svm, tree

from muniment import exact
from muniment.core.errors import Rejected
from muniment.exact.compiler.ensemble import Ensemble, tree_from_lists
from muniment.exact.compiler.trees import forest_graph

Table = npt.NDArray[np.float64]
QUIET: dict[str, Any] = {"verbose": -1, "n_estimators": 6, "num_leaves": 8}


def data(*, missing: bool = False, rows: int = 300) -> tuple[Table, npt.NDArray[np.int64]]:
    source = np.random.default_rng(3)
    table = np.round(source.normal(size=(rows, 4)) * [1, 20, 300, 1], 3)
    table[:, 3] = source.integers(0, 6, rows)
    labels = (table[:, 0] + table[:, 1] / 20 + (table[:, 3] == 2) > 0.5).astype(np.int64)
    if missing:
        table[source.random(rows) < 0.2, 1] = np.nan
    return table, labels


CLASSIFIERS: dict[str, Any] = {
    "logistic": linear_model.LogisticRegression(max_iter=5000),
    "tree": tree.DecisionTreeClassifier(max_depth=4, random_state=0),
    "forest": ensemble.RandomForestClassifier(8, max_depth=4, random_state=0),
    "extra": ensemble.ExtraTreesClassifier(8, max_depth=4, random_state=0),
    "boosting": ensemble.GradientBoostingClassifier(n_estimators=8, random_state=0),
    "hist": ensemble.HistGradientBoostingClassifier(max_iter=8, random_state=0),
    "lightgbm": lightgbm.LGBMClassifier(**QUIET),
    "xgboost": xgboost.XGBClassifier(n_estimators=8, max_depth=4),
    "scaled": pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression()),
    "scaled trees": pipeline.make_pipeline(
        preprocessing.MinMaxScaler(), ensemble.RandomForestClassifier(8, max_depth=4, random_state=0)
    ),
    "perceptron": pipeline.make_pipeline(
        preprocessing.RobustScaler(),
        neural_network.MLPClassifier(hidden_layer_sizes=(6, 3), solver="lbfgs", max_iter=9000, random_state=0),
    ),
    "linear perceptron": neural_network.MLPClassifier(
        hidden_layer_sizes=(4, 3), activation="identity", solver="lbfgs", max_iter=9000, random_state=0
    ),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_keep_their_average_precision(name: str) -> None:
    table, labels = data()
    model = exact.compile(CLASSIFIERS[name].fit(table, labels), calibration=table, target=labels)
    report = model.report
    assert report is not None
    assert report.metric == "average precision"
    assert report.difference is not None
    assert abs(report.difference) <= 0.002
    assert report.max_score_error < 2e-5
    assert report.rank_agreement > 0.99999
    assert report.rows == 300


REGRESSORS: dict[str, Any] = {
    "linear": linear_model.LinearRegression(),
    "ridge": linear_model.Ridge(),
    "lasso": linear_model.Lasso(),
    "tree": tree.DecisionTreeRegressor(max_depth=4, random_state=0),
    "forest": ensemble.RandomForestRegressor(8, max_depth=4, random_state=0),
    "boosting": ensemble.GradientBoostingRegressor(n_estimators=8, random_state=0),
    "hist": ensemble.HistGradientBoostingRegressor(max_iter=8, random_state=0),
    "hist poisson": ensemble.HistGradientBoostingRegressor(max_iter=8, loss="poisson", random_state=0),
    "lightgbm": lightgbm.LGBMRegressor(**QUIET),
    "lightgbm poisson": lightgbm.LGBMRegressor(objective="poisson", **QUIET),
    "xgboost": xgboost.XGBRegressor(n_estimators=8, max_depth=4),
    "xgboost gamma": xgboost.XGBRegressor(n_estimators=8, max_depth=4, objective="reg:gamma"),
    "perceptron": neural_network.MLPRegressor(hidden_layer_sizes=(6,), solver="lbfgs", max_iter=9000, random_state=0),
}


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_keep_their_error(name: str) -> None:
    table, _ = data()
    target = np.abs(table[:, 0] * 3 + table[:, 1]) + 1
    model = exact.compile(REGRESSORS[name].fit(table, target), calibration=table, target=target)
    report = model.report
    assert report is not None
    assert (report.metric, report.prevalence) == ("rmse", None)
    assert report.difference is not None
    assert abs(report.difference) < 1e-4


@pytest.mark.parametrize("name", ["forest", "hist", "lightgbm", "xgboost", "tree"])
def test_missing_values_go_where_the_estimator_sends_them(name: str) -> None:
    table, labels = data(missing=True)
    model = exact.compile(CLASSIFIERS[name].fit(table, labels), calibration=table, target=labels)
    assert [feature.nullable for feature in model.card.features] == [False, True, False, False]
    assert model.report is not None
    assert model.report.max_score_error < 2e-5


def test_an_isolation_forest_scores_anomalies_higher() -> None:
    table, _ = data()
    fitted = ensemble.IsolationForest(n_estimators=20, random_state=0).fit(table)
    model = exact.compile(fitted, calibration=table)
    assert model.report is not None
    assert model.report.max_score_error < 1e-6
    assert model.card.score.link == "path-length"
    odd = exact.quantize(model.card, np.nanmax(table, axis=0).tolist())
    usual = exact.quantize(model.card, np.round(np.median(table, axis=0), 3).tolist())
    scores = exact.load(model.artifact).run([odd, usual])
    assert scores[0] > scores[1]


@pytest.mark.parametrize("labelled", [False, True])
def test_hist_categories_are_looked_up(labelled: bool) -> None:
    table, labels = data(missing=True)
    frame = pd.DataFrame(table, columns=list("abcd"))
    if labelled:
        frame["d"] = frame["d"].map(lambda code: f"kind {int(code)}").astype("category")
    frame = frame[["d", "a", "b", "c"]] if labelled else frame
    fitted = ensemble.HistGradientBoostingClassifier(max_iter=8, categorical_features=["d"], random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted.fit(frame, labels)
    model = exact.compile(fitted, calibration=frame.assign(label=labels), target="label")
    feature = next(feature for feature in model.card.features if feature.name == "d")
    assert feature.categories[0] == ("kind 0" if labelled else "0")
    assert model.report is not None
    assert model.report.max_score_error < 1e-6


@pytest.mark.parametrize("labelled", [False, True])
def test_lightgbm_categories_are_looked_up(labelled: bool) -> None:
    table, labels = data()
    frame = pd.DataFrame(table, columns=list("abcd"))
    labels = np.isin(table[:, 3], (1, 4)).astype(np.int64)
    fitted = lightgbm.LGBMClassifier(min_data_per_group=1, cat_smooth=1, **QUIET)
    if labelled:
        frame["d"] = frame["d"].map(lambda code: f"kind {int(code)}").astype("category")
        frame.loc[::7, "d"] = None
        fitted.fit(frame, labels)
    else:
        frame["d"] = frame["d"].astype(int)
        fitted.fit(frame, labels, categorical_feature=["d"])
    model = exact.compile(fitted, calibration=frame, target=labels)
    assert model.card.features[3].nullable is labelled
    assert len(model.card.features[3].categories) == 6
    assert model.report is not None
    assert model.report.max_score_error < 1e-6


def test_boosters_compile_without_their_wrappers() -> None:
    table, labels = data()
    light = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(table, labels), 5)
    extreme = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(table, labels), 5)
    for booster in (light, extreme):
        model = exact.compile(booster, calibration=table)
        assert model.report is not None
        assert model.report.max_score_error < 1e-5


def test_a_bare_booster_is_judged_by_the_greatest_label() -> None:
    table, labels = data()
    booster = lightgbm.LGBMClassifier(**QUIET).fit(table, labels).booster_
    report = exact.compile(booster, calibration=table, target=labels).report
    assert report is not None
    assert report.prevalence == pytest.approx(labels.mean())
    assert report.exact_model is not None
    assert report.exact_model > 0.5


def test_early_stopping_is_honoured() -> None:
    table, labels = data()
    fitted = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=2, learning_rate=1.0)
    fitted.fit(table[:150], labels[:150], eval_set=[(table[150:], labels[150:])], verbose=False)
    model = exact.compile(fitted, calibration=table)
    assert model.card.trees == fitted.best_iteration + 1
    assert model.report is not None
    assert model.report.max_score_error < 1e-5


def test_a_perceptron_has_the_probabilities_of_its_estimator() -> None:
    table, labels = data()
    fitted = neural_network.MLPClassifier(hidden_layer_sizes=(5, 3), max_iter=3000, random_state=1).fit(table, labels)
    model = exact.compile(fitted, calibration=table)
    whole, _ = exact.quantize_many(model.card, table)
    chances = [model.card.score.to_probability(score) for score in exact.load(model.artifact).run(whole).tolist()]
    assert np.allclose(chances, fitted.predict_proba(table)[:, 1], atol=1e-5)


def test_a_model_without_any_split_compiles() -> None:
    table, labels = data()
    fitted = ensemble.HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=10**6).fit(table, labels)
    model = exact.compile(fitted, calibration=table)
    assert model.card.score.minimum == model.card.score.maximum


def three_classes() -> npt.NDArray[np.int64]:
    return data()[0][:, 3].astype(np.int64) % 3


REFUSED: dict[str, Any] = {
    "several classes": lambda x, y: linear_model.LogisticRegression(max_iter=5000).fit(x, three_classes()),
    "several boosted classes": lambda x, y: lightgbm.LGBMClassifier(**QUIET).fit(x, three_classes()),
    "several extreme classes": lambda x, y: xgboost.XGBClassifier(n_estimators=2).fit(x, three_classes()),
    "hyperbolic": lambda x, y: neural_network.MLPClassifier(
        hidden_layer_sizes=(2,), activation="tanh", solver="lbfgs", max_iter=9000
    ).fit(x / 300, y),
    "several targets": lambda x, y: linear_model.LinearRegression().fit(x, x[:, :2]),
    "zero as missing": lambda x, y: lightgbm.LGBMClassifier(zero_as_missing=True, **QUIET).fit(x, y),
    "averaging": lambda x, y: lightgbm.LGBMClassifier(boosting_type="rf", subsample=0.5, subsample_freq=1, **QUIET).fit(
        x, y
    ),
    "linear booster": lambda x, y: xgboost.XGBClassifier(booster="gblinear", n_estimators=2).fit(x, y),
    "dart": lambda x, y: xgboost.XGBClassifier(booster="dart", n_estimators=20, rate_drop=0.5).fit(x, y),
    "exponential": lambda x, y: ensemble.GradientBoostingClassifier(n_estimators=2, loss="exponential").fit(x, y),
    "polynomial": lambda x, y: pipeline.make_pipeline(
        preprocessing.PolynomialFeatures(), linear_model.LinearRegression()
    ).fit(x, y),
    "kernel": lambda x, y: svm.SVC().fit(x, y),
    "nothing": lambda x, y: object(),
}


def test_a_model_that_plainly_is_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from muniment.exact.compiler import model

    monkeypatch.setattr(model, "float_scores", lambda _estimator, _model, table: np.arange(float(len(table))))
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(200, 3)).round(3)
    fitted = ensemble.RandomForestRegressor(n_estimators=3, max_depth=3, random_state=1).fit(rows, rows[:, 0])
    with pytest.raises(exact.EstimatorUnsupported):
        exact.compile(fitted, calibration=rows)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_form_is_refused(name: str) -> None:
    table, labels = data()
    with pytest.raises(exact.EstimatorUnsupported) as refused:
        exact.compile(REFUSED[name](table, labels), calibration=table)
    assert refused.value.fields["remedy"]


def bad_calibrations() -> dict[str, tuple[Any, dict[str, Any], type[Rejected]]]:
    frame = pd.DataFrame(data()[0], columns=list("abcd"))
    return {
        "column missing": (frame.drop(columns="a"), {}, exact.FeatureMismatch),
        "text": (frame.assign(a="x"), {}, exact.CalibrationUnusable),
        "infinite": (frame.assign(a=np.inf), {}, exact.CalibrationUnusable),
        "empty": (frame.iloc[:0], {}, exact.CalibrationUnusable),
        "a list": ([1, 2], {}, exact.CalibrationUnusable),
        "width": (frame.to_numpy()[:, :2], {}, exact.FeatureMismatch),
        "no target": (frame, {"target": "label"}, exact.CalibrationUnusable),
        "short target": (frame, {"target": [1]}, exact.CalibrationUnusable),
        "weights": (frame, {"weights": -np.ones(300)}, exact.CalibrationUnusable),
        "declared": (frame, {"features": [exact.Feature("z")]}, exact.FeatureMismatch),
        "too narrow": (frame, {"features": [exact.Feature("a", maximum=1)]}, exact.CalibrationUnusable),
        "missing": (frame.assign(a=np.nan), {}, exact.CalibrationUnusable),
    }


@pytest.mark.parametrize("name", bad_calibrations())
def test_bad_calibration_data_is_named(name: str) -> None:
    table, labels = data()
    frame = pd.DataFrame(table, columns=list("abcd"))
    fitted = linear_model.LogisticRegression(max_iter=5000).fit(frame, labels)
    given, options, refusal = bad_calibrations()[name]
    with pytest.raises(refusal):
        exact.compile(fitted, calibration=given, **options)


def test_decimals_and_ranges_follow_the_data() -> None:
    table, labels = data()
    frame = pd.DataFrame(table, columns=list("abcd")).assign(flag=labels % 2)
    fitted = ensemble.HistGradientBoostingClassifier(max_iter=2).fit(frame, labels)
    declared = exact.Feature("b", unit="km", decimals=4, minimum=-10_000_000, maximum=10_000_000)
    card = exact.compile(fitted, calibration=frame, features=[declared], decimals={"c": 5}).card
    by_name = {feature.name: feature for feature in card.features}
    assert (by_name["a"].decimals, by_name["c"].decimals, by_name["d"].decimals) == (3, 5, 0)
    assert by_name["b"] == declared
    assert (by_name["d"].minimum, by_name["d"].maximum) == (0, 10)
    assert (by_name["flag"].minimum, by_name["flag"].maximum) == (0, 1)


def test_a_model_that_is_too_large_is_refused() -> None:
    source = np.random.default_rng(0)
    table = source.normal(size=(6000, 3))
    fitted = ensemble.RandomForestRegressor(50, n_jobs=2, random_state=0).fit(table, source.normal(size=6000))
    with pytest.raises(exact.NotExact):
        exact.compile(fitted, calibration=table)


def test_every_estimator_compiles_to_the_same_bytes_twice() -> None:
    table, labels = data()
    fitted = ensemble.HistGradientBoostingClassifier(max_iter=4).fit(table, labels)
    first, second = (exact.compile(fitted, calibration=table).artifact for _ in range(2))
    assert first == second


@pytest.mark.parametrize("family", [tree.DecisionTreeRegressor, ensemble.GradientBoostingRegressor])
def test_explanations_of_weighted_trees_start_from_the_weighted_mean(family: Any) -> None:
    source = np.random.default_rng(4)
    table = source.integers(0, 50, (300, 2)).astype(float)
    target, weights = table[:, 0] * 2 + table[:, 1], source.random(300) * np.where(table[:, 0] > 25, 9, 0.1)
    fitted = family(max_depth=3, random_state=0).fit(table, target, sample_weight=weights)
    model = exact.compile(fitted, calibration=table)
    why = exact.explain(model.artifact, exact.quantize(model.card, table[0].tolist()))
    mean = float(np.average(fitted.predict(table), weights=weights))
    assert model.card.score.to_float(why.base) == pytest.approx(mean, rel=1e-3)


def test_covers_smaller_than_one_keep_their_proportions() -> None:
    stump = tree_from_lists(
        [
            {"feature": 0, "threshold": 1.0, "left": 1, "right": 2, "cover": 4e-4},
            {"value": 0.0, "cover": 1e-4},
            {"value": 1.0, "cover": 3e-4},
        ]
    )
    graph, _ = forest_graph(Ensemble([stump], 0.0, "identity", "y", ""), (exact.Feature("x", maximum=9),), [])
    low, high = graph.constants["cover"].tolist()
    assert low + high <= 2**22
    assert high / low == pytest.approx(3, rel=1e-6)

"""A second level on the out-of-fold predictions of the ensemble's trials.

Each second-level model is fitted on folds of the rows that the selection saw; for the holdout its
models are averaged. *Unguarded* it replaces the ensemble; *guarded* it does so only where its own
out-of-fold loss is lower; *joined* it is one more candidate of the greedy selection.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ablation.parts import Variant
from ablation.searched import Array, Searched
from automl_tasks.features import FeaturePipeline
from automl_tasks.search import loss
from automl_tasks.search.ensemble import blend, greedy_weights
from automl_tasks.search.selection import Selection
from automl_tasks.search.split import merge_repeats

_FOLDS = 5
_SMALLEST = 1e-4  # probability, so that one sure model does not decide alone
_COLUMNS = 60  # of first-level predictions: with many classes few trials fill them
_LEAVES, _RATE, _ROUNDS, _TREES = 15, 0.05, 150, 600  # trees: all classes together
_LEAST_ROWS = 100


@dataclass(frozen=True)
class Level:
    """The rows of a level: first-level features, raw features and the ensemble's prediction."""

    first: Array
    raw: Any
    ensemble: Array


Model = Callable[[Level], Array]
Fit = Callable[[Level, Array, Array], Model]


def stacks(searched: Searched, full: Selection) -> Iterator[Variant]:
    """Three kinds of second level, each with three uses."""
    rows, order = np.unique(full.rows, return_index=True)
    if len(rows) < _LEAST_ROWS:
        return
    y = full.y[order]
    known = {
        trial.id: merge_repeats(full.rows, full.predictions[trial.id])[1]
        for trial, _ in full.chosen
    }
    learned, asked = _levels(searched, full, rows, known)
    for name, fit in _KINDS.items():
        start = time.monotonic()
        out_of_fold, prediction = _cross_fitted(fit, learned, asked, y, searched)
        seconds = time.monotonic() - start
        measure = searched.plan.measure
        ensemble = searched.blend(full.chosen)
        lower = loss(measure, y, out_of_fold) < loss(measure, y, learned.ensemble)
        weights = greedy_weights([*known.values(), out_of_fold], y, measure)
        bags = [searched.blend([(trial, 1.0)]) for trial, _ in full.chosen]
        joined = blend([*bags, prediction], weights.tolist())
        yield Variant(f"stack of {name}, unguarded", "with", prediction, seconds)
        guarded = prediction if lower else ensemble
        yield Variant(f"stack of {name}, guarded", "with", guarded, seconds)
        yield Variant(f"stack of {name}, joined", "with", joined, seconds)


def _levels(
    searched: Searched, full: Selection, rows: Array, known: dict[str, Array]
) -> tuple[Level, Level]:
    """Rows to learn from, and the holdout."""
    pipeline = FeaturePipeline("tree", searched.plan.roles, searched.plan.problem.steps)
    raw = pipeline.fit_transform(searched.frame.iloc[rows])
    asked = pipeline.transform(searched.frame.iloc[searched.holdout])
    width = max(1, len(searched.plan.classes or ()))
    several = [trial for trial, _ in full.chosen][: max(1, _COLUMNS // width)]
    bags = [searched.blend([(trial, 1.0)]) for trial in several]
    weights = [weight for _, weight in full.chosen]
    return (
        Level(_first([known[t.id] for t in several]), raw, blend([*known.values()], weights)),
        Level(_first(bags), asked, searched.blend(full.chosen)),
    )


def _first(predictions: list[Array]) -> Array:
    """(n, columns) values, log odds of two classes, or log probabilities of more."""
    return np.column_stack([_scores(each) for each in predictions])


def _scores(prediction: Array) -> Array:
    if prediction.ndim == 1:
        return prediction
    logs = np.log(np.clip(prediction, _SMALLEST, 1 - _SMALLEST))
    return np.asarray(logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs)


def _cross_fitted(
    fit: Fit, learned: Level, asked: Level, y: Array, searched: Searched
) -> tuple[Array, Array]:
    """Out-of-fold predictions, and the mean of the folds' models for the holdout."""
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = KFold if searched.plan.classes is None else StratifiedKFold
    # A class of fewer rows than folds is no matter here: all codes have a column.
    splitter = kind(_FOLDS, shuffle=True, random_state=searched.plan.problem.seed)
    out_of_fold, predictions = np.zeros(learned.ensemble.shape), []
    for train, valid in splitter.split(learned.first, y):
        model = fit(_at(learned, train), y[train], np.arange(learned.ensemble.shape[-1]))
        out_of_fold[valid] = model(_at(learned, valid))
        predictions.append(model(asked))
    return out_of_fold, np.mean(predictions, axis=0)


def _at(level: Level, rows: Array) -> Level:
    return Level(level.first[rows], level.raw.iloc[rows], level.ensemble[rows])


def _linear(level: Level, y: Array, codes: Array) -> Model:
    return _ridge(level, y) if level.ensemble.ndim == 1 else _logistic(level, y, codes)


def _ridge(level: Level, y: Array) -> Model:
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13))).fit(level.first, y)
    return lambda rows: np.asarray(model.predict(rows.first))


def _logistic(level: Level, y: Array, codes: Array) -> Model:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    model.fit(level.first, y)
    return lambda rows: _spread(model.predict_proba(rows.first), model.classes_, codes)


def _trees(level: Level, y: Array, codes: Array) -> Model:
    import lightgbm

    def features(rows: Level) -> Any:
        made = {f"first {at}": column for at, column in enumerate(rows.first.T)}
        return _numbered(rows.raw.assign(**made))

    present = np.unique(y)
    target = y if level.ensemble.ndim == 1 else np.searchsorted(present, y)
    data = lightgbm.Dataset(features(level), target, **_coded(level))
    booster = lightgbm.train(_parameters(level, len(present)), data, _rounds(level, len(present)))
    return lambda rows: _probabilities(booster.predict(features(rows)), level, present, codes)


def _errors(level: Level, y: Array, _: Array) -> Model:
    """Boosting that goes on from the ensemble's prediction, on raw features alone."""
    import lightgbm

    width = 1 if level.ensemble.ndim == 1 else level.ensemble.shape[1]
    data = lightgbm.Dataset(
        _numbered(level.raw), y, init_score=_scores(level.ensemble), **_coded(level)
    )
    booster = lightgbm.train(_parameters(level, width), data, _rounds(level, width) // 2)

    def predict(rows: Level) -> Array:
        raw = booster.predict(_numbered(rows.raw), raw_score=True) + _scores(rows.ensemble)
        if level.ensemble.ndim == 1:
            return np.asarray(raw)
        if width == 2:
            return np.stack([1 / (1 + np.exp(raw)), 1 / (1 + np.exp(-raw))], axis=1)
        powers = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    return predict


def _parameters(level: Level, classes: int) -> dict[str, Any]:
    task: dict[str, Any] = {"objective": "regression"}
    if level.ensemble.ndim == 2:
        several = {"objective": "multiclass", "num_class": classes}
        task = {"objective": "binary"} if classes == 2 else several
    return {
        **task,
        "num_leaves": _LEAVES,
        "learning_rate": _RATE,
        "feature_fraction": 0.5,
        "min_child_samples": 20,
        "num_threads": 1,  # two wait for each other where another process has a core
        "verbose": -1,
    }


def _rounds(level: Level, classes: int) -> int:
    several = level.ensemble.ndim == 2 and classes > 2
    return max(20, min(_ROUNDS, _TREES // classes)) if several else _ROUNDS


def _numbered(frame: Any) -> Any:
    """Columns named by number: LightGBM refuses some characters."""
    return frame.set_axis([f"x{at}" for at in range(frame.shape[1])], axis="columns")


def _coded(level: Level) -> dict[str, Any]:
    """Columns of category codes, of which -1 is unknown."""
    coded = [at for at, dtype in enumerate(level.raw.dtypes) if dtype == np.int32]
    return {"categorical_feature": coded, "free_raw_data": True}


def _probabilities(found: Any, level: Level, present: Array, codes: Array) -> Array:
    prediction = np.asarray(found)
    if level.ensemble.ndim == 1:
        return prediction
    if prediction.ndim == 1:
        prediction = np.stack([1 - prediction, prediction], axis=1)
    return _spread(prediction, present, codes)


def _spread(prediction: Array, present: Array, codes: Array) -> Array:
    """A column for each class code; 0 for those that training did not have."""
    spread = np.zeros((len(prediction), len(codes)))
    spread[:, present] = prediction
    return spread


_KINDS: dict[str, Fit] = {
    "a linear model": _linear,
    "LightGBM with raw features": _trees,
    "LightGBM on the ensemble's errors": _errors,
}

"""Two models that an AutoML system must beat: LightGBM as it comes, and a tuned linear model.

    .venv/bin/python benchmarks/references.py KIND TRAIN.csv TEST.csv TARGET TASK OUT.json

KIND is lightgbm or linear. Writes what benchmarks/peer_entry.py writes. LightGBM gets numbers and
native categories, all else is the library's default. The linear model gets filled and scaled
numbers, one-hot categories and TF-IDF of texts; its penalty is chosen by five folds. Dates are
split into numbers for both.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from peer_entry import CORES, METRICS, read_table, report, use_cores

KINDS = {"lightgbm": "lightgbm", "linear": "sklearn.linear_model"}
PENALTIES = np.logspace(-3, 2, 6)
TEXT_WORDS = 4  # words in the mean, from which a column is a text
DATE_SHARE = 0.95


def main() -> int:
    kind, train, test, target, task, out = sys.argv[1:7]
    use_cores(CORES)
    learned, asked = read_table(Path(train)), read_table(Path(test))
    y = learned[target] if task == "regression" else learned[target].astype(str)
    # Names of features may hold what LightGBM refuses.
    names = {name: f"x{at}" for at, name in enumerate(learned.columns.drop(target))}
    parts = [frame.rename(columns=names)[[*names.values()]] for frame in (learned, asked)]
    X, rows = (with_dates(part, dates_of(parts[0])) for part in parts)
    importlib.import_module(KINDS[kind])
    start = time.monotonic()
    model, classes = {"lightgbm": fit_lightgbm, "linear": fit_linear}[kind](X, y, task)
    fitted = time.monotonic()
    predicted = model(rows)
    result: dict[str, Any] = {
        "name": kind,
        "task": task,
        "metric_name": METRICS[task],
        "fit_s": round(fitted - start, 2),
        "predict_s": round(time.monotonic() - fitted, 3),
        "error": None,
    }
    report(result, asked[target], predicted, task, classes)
    Path(out).write_text(json.dumps(result, indent=1))
    return 0


def fit_lightgbm(X: pd.DataFrame, y: pd.Series, task: str) -> tuple[Any, list[str]]:
    import lightgbm

    levels = {
        str(name): X[name].dropna().astype(str).unique() for name in X if not is_number(X[name])
    }

    def typed(frame: pd.DataFrame) -> pd.DataFrame:
        made: dict[str, Any] = {
            name: pd.Categorical(frame[name].astype(str).where(frame[name].notna()), known)
            for name, known in levels.items()
        }
        return frame.assign(**made)

    if task == "regression":
        regressor = lightgbm.LGBMRegressor(n_jobs=CORES, verbose=-1).fit(typed(X), y)
        return lambda rows: regressor.predict(typed(rows)), []
    classifier = lightgbm.LGBMClassifier(n_jobs=CORES, verbose=-1).fit(typed(X), y)
    return lambda rows: classifier.predict_proba(typed(rows)), list(classifier.classes_)


def fit_linear(X: pd.DataFrame, y: pd.Series, task: str) -> tuple[Any, list[str]]:
    from sklearn.linear_model import LogisticRegressionCV, RidgeCV
    from sklearn.pipeline import make_pipeline

    if task == "regression":
        ridge = make_pipeline(features(X), RidgeCV(alphas=1 / PENALTIES, cv=5)).fit(X, y)
        return ridge.predict, []
    logistic = LogisticRegressionCV(
        Cs=PENALTIES,
        cv=min(5, int(y.value_counts().min())) if y.value_counts().min() >= 2 else 2,
        l1_ratios=(0.0,),
        scoring="neg_log_loss",
        max_iter=500,
        n_jobs=CORES,
        use_legacy_attributes=False,
    )
    pipeline = make_pipeline(features(X), logistic).fit(X, y)
    return pipeline.predict_proba, [str(each) for each in pipeline.classes_]


def features(X: pd.DataFrame) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    numbers = [name for name in X if is_number(X[name])]
    texts = [name for name in X if name not in numbers and is_text(X[name])]
    levels = [name for name in X if name not in numbers and name not in texts]
    filled = SimpleImputer(strategy="median", add_indicator=True)
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3)
    as_text = FunctionTransformer(lambda frame: frame.astype(str).where(frame.notna(), "missing"))
    words = FunctionTransformer(lambda column: column.fillna("").astype(str))
    terms = [
        (name, make_pipeline(words, TfidfVectorizer(max_features=20_000, sublinear_tf=True)), name)
        for name in texts
    ]
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(filled, StandardScaler()), numbers),
            ("levels", make_pipeline(as_text, one_hot), levels),
            *terms,
        ]
    )


def with_dates(frame: pd.DataFrame, dates: list[str]) -> pd.DataFrame:
    """Each date as a day number, month, weekday and hour."""
    made: dict[str, Any] = {}
    for name in dates:
        moments = pd.to_datetime(frame[name], errors="coerce", format="ISO8601", utc=True)
        moments = moments.dt.tz_localize(None)
        made[f"{name}_day"] = (moments - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1)
        made[f"{name}_month"] = moments.dt.month.astype(float)
        made[f"{name}_weekday"] = moments.dt.weekday.astype(float)
        made[f"{name}_hour"] = moments.dt.hour.astype(float)
    return frame.drop(columns=dates).assign(**made)


def dates_of(frame: pd.DataFrame) -> list[str]:
    found = []
    for name in frame:
        known = frame[name].dropna()
        if len(known) and not is_number(known):
            read = pd.to_datetime(known.astype(str), errors="coerce", format="ISO8601")
            if read.notna().mean() > DATE_SHARE:
                found.append(str(name))
    return found


def is_number(values: pd.Series) -> bool:
    return values.dtype.kind in "iuf"


def is_text(values: pd.Series) -> bool:
    known = values.dropna().astype(str)
    return bool(len(known)) and float(np.mean([len(each.split()) for each in known])) >= TEXT_WORDS


if __name__ == "__main__":
    sys.exit(main())

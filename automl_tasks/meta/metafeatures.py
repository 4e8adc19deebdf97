"""A table in two dozen numbers, by which similar tables are found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.meta.landmarks import landmarks
from automl_tasks.problem import Role, Task
from automl_tasks.serve.steps.values import moments, numbers, texts

__all__ = ["describe_table"]

Floats = NDArray[np.float64]

_ROWS = 2_000  # for the statistics of columns
_LANDMARK_ROWS = 600
_LANDMARK_COLUMNS = 40
_LEVELS = 8  # one-hot columns of a categorical feature in the landmarks
_FEATURES = ("numeric", "categorical", "high_cardinality", "datetime", "text")


@dataclass(frozen=True)
class _Column:
    """What one column contributes: its share of missing values, its shape, its numbers."""

    missing: float
    levels: int
    skew: float
    kurtosis: float
    numbers: Floats  # (n, 0 or more) without missing ones


def describe_table(
    frame: pd.DataFrame,
    roles: Mapping[str, Role],
    y: NDArray[np.int64] | Floats,
    task: Task,
    *,
    seed: int = 0,
) -> dict[str, float]:
    """Meta-features of a table; docs/meta-learning.md describes each.

    Columns are read on 2,000 sampled rows, the landmarks on 600 of them and 40 columns, so that
    a table of 50,000 rows and 100 columns takes less than 0.3 s.

    Parameters
    ----------
    frame
        Training rows.
    roles
        From ``infer_roles``; only columns that are features count.
    y : (n,) array
        Class codes, or values, from ``TargetCodec.encode``.
    seed
        Of the sample.

    Returns
    -------
    Finite numbers by name. What a table does not have (the skewness of no numeric column, the
    entropy of the classes of a regression) is left out: unknown, not zero.
    """
    names = [name for name, role in roles.items() if role in _FEATURES and name in frame.columns]
    chosen = _sample(len(frame), seed)
    sample, target = frame.iloc[chosen][names], np.asarray(y, dtype=np.float64)
    columns = [_column(sample[name], roles[name]) for name in names]
    found = {
        "log_rows": math.log(max(1, len(frame))),
        "log_columns": math.log(max(1, len(names))),
        "log_rows_per_column": math.log(max(1, len(frame)) / max(1, len(names))),
        "regression": float(task == "regression"),
        **_shares(names, roles),
        **_of_columns(columns, names, roles),
        **(_of_values(target) if task == "regression" else _of_classes(target)),
        **_landmarks(columns, target[chosen], task),
    }
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


def _sample(rows: int, seed: int) -> NDArray[np.int64]:
    """Random rows in random order, the same ones each time."""
    order = np.random.default_rng(seed).permutation(rows)[:_ROWS]
    return np.asarray(order, dtype=np.int64)


def _shares(names: list[str], roles: Mapping[str, Role]) -> dict[str, float]:
    count = max(1, len(names))
    return {
        f"share_{role}": sum(roles[name] == role for name in names) / count for role in _FEATURES
    }


def _of_columns(
    columns: list[_Column], names: list[str], roles: Mapping[str, Role]
) -> dict[str, float]:
    if not columns:
        return {}
    missing = np.array([each.missing for each in columns])
    levels = [
        each.levels
        for each, name in zip(columns, names, strict=True)
        if roles[name] in ("categorical", "high_cardinality")
    ]
    found = {
        "share_missing": float(missing.mean()),
        "share_columns_missing": float((missing > 0).mean()),
    }
    if levels:
        found |= {"levels_mean": float(np.mean(levels)), "levels_most": float(max(levels))}
    shaped = [each for each in columns if math.isfinite(each.skew)]
    if shaped:
        skew, kurtosis = np.array([(abs(each.skew), each.kurtosis) for each in shaped]).T
        found |= {
            "skew_mean": float(skew.mean()),
            "skew_most": float(skew.max()),
            "kurtosis_mean": float(kurtosis.mean()),
        }
    return found


def _of_classes(y: Floats) -> dict[str, float]:
    shares = np.bincount(y.astype(np.int64)) / len(y)
    shares = shares[shares > 0]
    return {
        "classes": float(len(shares)),
        "class_entropy": float(-(shares * np.log(shares)).sum() / math.log(max(2, len(shares)))),
        "class_rarest": float(math.log(shares.min())),
        "class_commonest": float(shares.max()),
    }


def _of_values(y: Floats) -> dict[str, float]:
    skew, kurtosis = _shape(y)
    return {
        "target_skew": abs(skew),
        "target_kurtosis": kurtosis,
        "target_distinct": len(np.unique(y)) / len(y),
    }


def _column(values: pd.Series, role: Role) -> _Column:
    if role in ("numeric", "datetime"):
        return _number_column(values, role)
    if role == "text":
        return _Column(float(values.isna().mean()), 0, math.nan, math.nan, _none(values))
    codes, levels = pd.factorize(pd.Series(texts(values)))
    counts = np.bincount(codes[codes >= 0], minlength=1)
    commonest = np.argsort(-counts, kind="stable")[:_LEVELS]
    one_hot = (codes[:, None] == commonest[None]).astype(np.float64)
    return _Column(
        missing=float((codes < 0).mean()),
        levels=len(levels),
        skew=math.nan,
        kurtosis=math.nan,
        numbers=one_hot - one_hot.mean(axis=0),
    )


def _number_column(values: pd.Series, role: Role) -> _Column:
    array = numbers(values) if role == "numeric" else moments(values).astype("datetime64[s]")
    array = np.where(pd.isna(array), np.nan, array.astype(np.float64))
    known = array[np.isfinite(array)]
    if not known.size:
        return _Column(1.0, 0, math.nan, math.nan, _none(values))
    filled = np.where(np.isfinite(array), array, np.median(known))
    deviation = float(filled.std())
    standard = (filled - filled.mean()) / deviation if deviation > 0 else np.zeros(len(filled))
    skew, kurtosis = _shape(known)
    return _Column(
        missing=1.0 - known.size / len(array),
        levels=0,
        skew=skew,
        kurtosis=kurtosis,
        numbers=np.clip(standard, -5.0, 5.0)[:, None],
    )


def _none(values: pd.Series) -> Floats:
    return np.empty((len(values), 0))


def _shape(values: Floats) -> tuple[float, float]:
    """Skewness and excess kurtosis; 0 where all values are one."""
    deviation = float(values.std())
    if deviation <= 1e-12 * max(1.0, float(np.abs(values).max())):
        return 0.0, 0.0
    standard = (values - values.mean()) / deviation
    return float((standard**3).mean()), float((standard**4).mean() - 3.0)


def _landmarks(columns: list[_Column], y: Floats, task: Task) -> dict[str, float]:
    wide = np.hstack([np.empty((len(y), 0)), *(each.numbers for each in columns)])
    values, known = wide[:_LANDMARK_ROWS], y[:_LANDMARK_ROWS]
    if values.shape[1] > _LANDMARK_COLUMNS:
        values = values[:, _telling(values, known, task)]
    if task == "regression":
        return landmarks(values, known, 0)
    present, codes = np.unique(known, return_inverse=True)
    return landmarks(values, codes.astype(np.float64), len(present))


def _telling(values: Floats, y: Floats, task: Task) -> NDArray[np.int64]:
    """Columns that vary most between the classes, or with the target, in the training part."""
    train = values[: 2 * len(y) // 3], y[: 2 * len(y) // 3]
    outcome = (
        train[1][:, None]
        if task == "regression"
        else np.eye(int(y.max()) + 1)[train[1].astype(int)]
    )
    outcome = outcome - outcome.mean(axis=0)
    strength = ((train[0].T @ outcome) ** 2).sum(axis=1)
    return np.sort(np.argsort(-strength, kind="stable")[:_LANDMARK_COLUMNS])

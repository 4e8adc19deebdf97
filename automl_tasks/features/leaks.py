"""Columns that know the answer: each alone predicts the target nearly perfectly."""

from __future__ import annotations

import numpy as np
import pandas as pd

from automl_tasks.problem import Task
from automl_tasks.serve.steps.values import missing, numbers, texts

__all__ = ["LEAK_SCORE", "find_leaks", "tell_apart"]

LEAK_SCORE = 0.99
_SAMPLE = 5_000
_FEWEST_ROWS = 60
_BINS = 50


def find_leaks(frame: pd.DataFrame, target: pd.Series, task: Task) -> dict[str, float]:
    """Score of every column that alone predicts held-back rows almost perfectly.

    Each column is cut into at most 50 bins or its levels; the mean target of a bin, learned on
    half of a sample, predicts the other half.

    Parameters
    ----------
    frame
        Candidate columns, without the target.
    target
        Same rows; missing labels are skipped.

    Returns
    -------
    Column to score (AUC for binary, R² for regression, accuracy above that of the commonest
    class for multiclass; 1 is perfect), only those above ``LEAK_SCORE``, the highest first.
    """
    scores = _scores(frame, target, task)
    found = {name: round(value, 6) for name, value in scores.items() if value > LEAK_SCORE}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def tell_apart(frame: pd.DataFrame, groups: pd.Series) -> dict[str, float]:
    """How well each column alone tells groups of rows apart, on rows held back.

    Parameters
    ----------
    groups
        Name of each row's group.

    Returns
    -------
    Column to strength: 0 is chance, 1 perfect. Of two groups 2 AUC - 1, of more the accuracy above
    that of the commonest. Empty with too few rows.
    """
    two = groups.nunique() == 2
    scores = _scores(frame, groups, "binary" if two else "multiclass")
    return {name: max(0.0, 2 * value - 1 if two else value) for name, value in scores.items()}


def _scores(frame: pd.DataFrame, target: pd.Series, task: Task) -> dict[str, float]:
    known = np.flatnonzero(target.notna().to_numpy())
    if len(known) < _FEWEST_ROWS:
        return {}
    rows = np.random.default_rng(0).permutation(known)[:_SAMPLE]
    answers = _answers(target.iloc[rows], task)
    sample = frame.iloc[rows]
    return {
        str(name): _score(sample.iloc[:, position], answers, task)
        for position, name in enumerate(frame.columns)
    }


def _answers(target: pd.Series, task: Task) -> np.ndarray:
    """(n, k) array: values of a regression, else one zero-one column per class."""
    if task == "regression":
        return np.asarray(np.nan_to_num(numbers(target))[:, None])
    _, codes = np.unique(texts(target).astype(str), return_inverse=True)
    return np.asarray(np.eye(int(codes.max()) + 1)[codes])


def _score(values: pd.Series, answers: np.ndarray, task: Task) -> float:
    bins = _bins(values)
    half = len(bins) // 2
    counts = np.bincount(bins[:half], minlength=bins.max() + 1)
    overall = answers[:half].mean(axis=0)
    sums = np.stack(
        [np.bincount(bins[:half], column, len(counts)) for column in answers[:half].T], axis=1
    )
    means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], overall)
    truth, guess = answers[half:], means[bins[half:]]
    if task == "regression":
        smooth = _rank_correlation(values.iloc[half:], truth[:, 0])
        return max(_r2(truth[:, 0], guess[:, 0]), smooth**2)
    if task == "binary" and truth.shape[1] == 2:
        return _auc(truth[:, 1] > 0, guess[:, 1])
    chance = float(truth.mean(axis=0).max())
    accuracy = float((truth.argmax(axis=1) == guess.argmax(axis=1)).mean())
    return (accuracy - chance) / (1 - chance) if chance < 1 else 0.0


def _bins(values: pd.Series) -> np.ndarray:
    array = numbers(values)
    absent = np.isnan(array)
    if absent.sum() > missing(values.to_numpy()).sum():
        return np.asarray(pd.factorize(texts(values))[0] + 1, dtype=np.int64)
    if len(np.unique(array[~absent])) <= _BINS:
        return np.asarray(pd.factorize(array)[0] + 1, dtype=np.int64)
    edges = np.unique(np.nanquantile(array, np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.where(absent, 0, 1 + np.searchsorted(edges, array))


def _rank_correlation(values: pd.Series, truth: np.ndarray) -> float:
    array = numbers(values)
    present = ~np.isnan(array)
    # Spearman on a column with gaps says nothing of the rows in the gaps.
    if present.mean() < LEAK_SCORE or len(np.unique(array[present])) < _BINS:
        return 0.0
    left = pd.Series(array[present]).rank().to_numpy()
    right = pd.Series(truth[present]).rank().to_numpy()
    return float(np.corrcoef(left, right)[0, 1]) if right.std() > 0 else 0.0


def _r2(truth: np.ndarray, guess: np.ndarray) -> float:
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1 - float(((truth - guess) ** 2).sum()) / spread if spread > 0 else 0.0


def _auc(truth: np.ndarray, guess: np.ndarray) -> float:
    ranks = pd.Series(guess).rank().to_numpy()
    positive, negative = int(truth.sum()), int((~truth).sum())
    if positive == 0 or negative == 0:
        return 0.0
    wins = float(ranks[truth].sum()) - positive * (positive + 1) / 2
    return wins / (positive * negative)

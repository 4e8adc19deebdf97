"""Landmarks: how far three primitive models get on a small sample of a table.

What a nearest neighbour, a line and a single column can do tells which kind of model
suits a table (Pfahringer, Bensusan and Giraud-Carrier, ICML 2000). They are a few lines of numpy
each, so that describing a table needs no library and some hundredths of a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["landmarks"]

Floats = NDArray[np.float64]

_BINS = 8
_RIDGE = 1e-2  # of the rows


def landmarks(values: Floats, y: Floats, classes: int) -> dict[str, float]:
    """Skill of each landmark: 1 is perfect, 0 is the constant predictor's, at least -1.

    Parameters
    ----------
    values : (n, p) array
        Standardised features without missing values, rows in random order; the first two thirds
        train.
    y : (n,) array
        Class codes, or values.
    classes
        0 for a regression.
    """
    cut = 2 * len(y) // 3
    if cut < 4 or len(y) - cut < 2 or values.shape[1] == 0:
        return {}
    outcome = np.eye(classes)[y.astype(np.int64)] if classes else y[:, None].astype(np.float64)
    train, test = (values[:cut], outcome[:cut]), (values[cut:], outcome[cut:])
    return {
        "landmark_neighbour": _skill(_neighbour(*train, test[0]), *_truth(train, test), classes),
        "landmark_line": _skill(_line(*train, test[0]), *_truth(train, test), classes),
        "landmark_column": _skill(_column(*train, test[0]), *_truth(train, test), classes),
    }


def _truth(train: tuple[Floats, Floats], test: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return test[1], train[1].mean(axis=0)


def _skill(prediction: Floats, truth: Floats, constant: Floats, classes: int) -> float:
    """Relative decrease of the error rate, or of the squared error, against the constant."""
    if classes:
        labels = truth.argmax(axis=1)
        error = float((prediction.argmax(axis=1) != labels).mean())
        reference = float((labels != constant.argmax()).mean())
    else:
        error = float(((prediction - truth) ** 2).mean())
        reference = float(((constant - truth) ** 2).mean())
    return max(-1.0, 1.0 - error / reference) if reference > 0 else 0.0


def _neighbour(x: Floats, outcome: Floats, at: Floats) -> Floats:
    squared = (x**2).sum(axis=1) - 2.0 * at @ x.T
    return np.asarray(outcome[squared.argmin(axis=1)])


def _line(x: Floats, outcome: Floats, at: Floats) -> Floats:
    mean = outcome.mean(axis=0)
    gram = x.T @ x + _RIDGE * len(x) * np.eye(x.shape[1])
    return np.asarray(mean + at @ np.linalg.solve(gram, x.T @ (outcome - mean)))


def _column(x: Floats, outcome: Floats, at: Floats) -> Floats:
    """The mean of each of eight bins of the column whose bins explain most in training."""
    best, chosen = -1.0, (0, np.empty(0), np.empty((0, 0)))
    mean = outcome.mean(axis=0)
    for position in range(x.shape[1]):
        edges = np.unique(np.quantile(x[:, position], np.linspace(0, 1, _BINS + 1)[1:-1]))
        codes = np.searchsorted(edges, x[:, position], side="right")
        member = np.eye(len(edges) + 1)[codes]
        counts = member.sum(axis=0)[:, None]
        means = (member.T @ outcome + mean) / (counts + 1.0)
        explained = float((counts * (means - mean) ** 2).sum())
        if explained > best:
            best, chosen = explained, (position, edges, means)
    position, edges, means = chosen
    return np.asarray(means[np.searchsorted(edges, at[:, position], side="right")])

"""Streams that were made: nothing changes in them, or one thing at one window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .learner import Learner
from .loss_test import risen
from .policies import Payoffs
from .run import serve
from .stream import Windows, cut

__all__ = ["KINDS", "Alarms", "Found", "changing", "count_alarms", "delay_of", "stationary"]

KINDS = ("independent", "heavy tails", "autocorrelated", "autocorrelated noise", "200 columns")
_ROWS, _FIRST, _COUNT, _TRUTH_ROWS = 200, 20, 60, 6_000
# Leaves as of the product's quick models of few rows; of many columns most time is spent on bins.
_SMALL = {"num_leaves": 15, "max_bin": 63}
_BEFORE, _AFTER = 8, 10  # windows of a stream with a change, on both sides of it
_MEMORY, _NOISE_MEMORY = 0.95, 0.9


@dataclass(frozen=True)
class Alarms:
    """Retrains on streams in which nothing changes.

    Attributes
    ----------
    false
        After which the new model is no better on rows of the same kind that nobody has seen.
    risen
        Checks at which the loss of the first model is said to have risen.
    """

    kind: str
    checks: int
    retrains: int
    false: int
    risen: int

    @classmethod
    def of(cls, kind: str, parts: Sequence[Alarms]) -> Alarms:
        """All of several streams."""
        return cls(
            kind,
            sum(each.checks for each in parts),
            sum(each.retrains for each in parts),
            sum(each.false for each in parts),
            sum(each.risen for each in parts),
        )


def stationary(kind: str, seed: int) -> tuple[Windows, pd.DataFrame, NDArray[Any]]:
    """A stream whose distribution stays, and further rows of it to find the truth with."""
    rng = np.random.default_rng(seed)
    rows = _ROWS * _COUNT + _TRUTH_ROWS
    X = _features(kind, rows, rng)
    signal = _signal(X)
    if seed % 2:
        y, classes = (rng.random(rows) < 1 / (1 + np.exp(0.5 - signal))).astype(np.int64), 2
    else:
        y, classes = signal + _noise(kind, rows, rng), 0
    used = _ROWS * _COUNT
    stream = cut(kind, X.iloc[:used], y[:used], classes, _ROWS, _FIRST)
    return stream, X.iloc[used:], y[used:]


def count_alarms(kind: str, seed: int) -> Alarms:
    """Replay a stationary stream with the product's decision."""
    stream, X, y = stationary(kind, seed)
    learner = Learner(stream, _SMALL)
    _, trained = serve(learner, Payoffs(learner), delay=0)
    losses = [learner.losses_on(model, X, y).mean() for model in trained]
    checks = stream.count - stream.first - 1
    return Alarms(
        kind,
        checks=checks,
        retrains=len(trained) - 1,
        false=sum(bool(new >= old) for old, new in pairwise(losses)),
        risen=sum(window < stream.count - 1 for window in risen(learner)),
    )


@dataclass(frozen=True)
class Found:
    """Windows that a change had to be seen for an answer; None: more than ten.

    Attributes
    ----------
    loss
        AUC of the model before the change, before it less after it.
    told
        Until the loss of the first model is said to have risen.
    delay
        Until the retrain that knows of it.
    """

    change: str
    loss: float
    told: int | None
    delay: int | None


def changing(change: str, seed: int) -> tuple[Windows, int]:
    """A stream in which the concept, or a column that is not used, changes at a window."""
    rng = np.random.default_rng(seed)
    at = _FIRST + _BEFORE + seed % 5
    rows = _ROWS * (at + _AFTER + 1)
    X = _features("independent", rows, rng)
    after = np.arange(rows) >= at * _ROWS
    signal = _signal(X)
    if change == "concept":
        signal = np.where(after, signal - 1.2 * X["c0"].clip(-3, 3), signal)
    elif change == "unused column":
        X["c15"] = np.where(after, X["c15"] + 3, X["c15"])
    y = (rng.random(rows) < 1 / (1 + np.exp(0.5 - signal))).astype(np.int64)
    return cut(change, X, y, 2, _ROWS, _FIRST), at


def delay_of(change: str, seed: int) -> Found:
    """How soon the product's two signals answer a change."""
    stream, at = changing(change, seed)
    learner = Learner(stream, _SMALL)
    served, _ = serve(learner, Payoffs(learner), delay=0)
    windows = list(range(stream.first, stream.count))
    before = served[windows.index(at)]
    knows = [w for w, model in zip(windows, served, strict=True) if model >= at]
    delay = knows[0] - at if knows else None
    lost = _auc(learner, before, range(at - 5, at)) - _auc(learner, before, range(at, at + 5))
    told = next((window + 1 - at for window in risen(learner) if window >= at), None)
    return Found(change, lost, told, delay)


def _auc(learner: Learner, model: int, windows: range) -> float:
    from sklearn.metrics import roc_auc_score

    stream = learner.stream
    unseen = [window for window in windows if window > model]
    if not unseen:
        return float("nan")
    y = np.concatenate([stream.y[stream.of(window)] for window in unseen])
    said = [learner.predict(("all", model), window)[:, 1] for window in unseen]
    return float(roc_auc_score(y, np.concatenate(said)))


def _features(kind: str, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    columns = 200 if kind == "200 columns" else 20
    if kind == "heavy tails":
        values = rng.standard_t(2, size=(rows, columns))
    else:
        values = rng.normal(size=(rows, columns))
    if kind.startswith("autocorrelated"):
        values = _remembered(values, _MEMORY)
    X = pd.DataFrame(values, columns=[f"c{i}" for i in range(columns)])
    X["level"] = pd.Categorical(rng.integers(50, size=rows).astype(str))
    return X


def _noise(kind: str, rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    noise = rng.standard_t(3, size=rows) if kind == "heavy tails" else rng.normal(size=rows)
    return _remembered(noise[:, None], _NOISE_MEMORY)[:, 0] if kind.endswith("noise") else noise


def _signal(X: pd.DataFrame) -> NDArray[np.float64]:
    c0, c1, c2, c3 = (X[f"c{i}"].to_numpy() for i in range(4))
    return np.asarray(
        np.clip(c0, -3, 3)
        + 0.7 * np.sign(c1) * np.clip(c2, -2, 2)
        + 0.5 * np.abs(np.clip(c3, -3, 3))
    )


def _remembered(values: NDArray[np.float64], memory: float) -> NDArray[np.float64]:
    """An autoregressive process with the given innovations and their variance."""
    from scipy.signal import lfilter

    kept = np.sqrt(1 - memory**2)
    return np.asarray(lfilter([kept], [1, -memory], values, axis=0))

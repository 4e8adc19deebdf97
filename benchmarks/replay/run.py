"""Lets a policy decide window after window, and scores what was served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .learner import Learner, Model
from .policies import At, Never, Payoffs, Policy
from .stream import Windows

__all__ = ["Outcome", "compare", "serve"]

_PHASES = 5


@dataclass(frozen=True)
class Outcome:
    """A policy on a stream; of several phases or seeds the mean.

    Attributes
    ----------
    gain_share
        (metric - never) / (always - never).
    seconds
        CPU of training, the models that only decide included.
    spread
        Standard deviation of the metric over phases or seeds.
    """

    stream: str
    policy: str
    delay: int
    metric: float
    retrains: float
    gain_share: float | None
    seconds: float
    spread: float = 0.0

    def record(self) -> dict[str, Any]:
        return asdict(self)


def serve(learner: Learner, policy: Policy, delay: int) -> tuple[list[int], list[Model]]:
    """Last window that the model of each predicted window has seen, and the models trained."""
    stream = learner.stream
    champion = stream.first - 1
    served, trained = [], [("all", champion)]
    for window in range(stream.first, stream.count):
        newest = window - 1 - delay
        if newest > champion and policy.wants(champion, newest, window):
            champion = newest
            trained.append(("all", champion))
        served.append(champion)
    return served, trained


def compare(learner: Learner, delay: int, seeds: int = _PHASES) -> list[Outcome]:
    """Never, always, ours, and a calendar and chance with as many retrains as ours."""
    stream = learner.stream
    first, count = stream.first + 1 + delay, stream.count
    every = At(range(first, count))
    found: dict[str, list[tuple[float, int, float]]] = {}

    def run(name: str, policy: Policy) -> int:
        served, trained = serve(learner, policy, delay)
        metric = score(learner, served)
        extra = policy.models if isinstance(policy, Payoffs) else set()
        seconds = sum(learner.seconds[each] for each in {*trained, *extra})
        found.setdefault(name, []).append((metric, len(trained) - 1, seconds))
        return len(trained) - 1

    run("never", Never())
    run("always", every)
    retrains = run("ours", Payoffs(learner))
    for phase in range(_PHASES):
        run("calendar", At(_evenly(first, count, retrains, (phase + 0.5) / _PHASES)))
    for seed in range(seeds):
        drawn = np.random.default_rng(seed).choice(
            np.arange(first, count), min(retrains, count - first), replace=False
        )
        run("random", At(drawn.tolist()))
    never, always = found["never"][0][0], found["always"][0][0]
    return [_outcome(stream.name, name, delay, runs, never, always) for name, runs in found.items()]


def _outcome(
    stream: str,
    policy: str,
    delay: int,
    runs: Sequence[tuple[float, int, float]],
    never: float,
    always: float,
) -> Outcome:
    metrics, retrains, seconds = map(np.array, zip(*runs, strict=True))
    gained = always - never
    return Outcome(
        stream=stream,
        policy=policy,
        delay=delay,
        metric=round(float(metrics.mean()), 6),
        retrains=float(retrains.mean()),
        gain_share=round(float((metrics.mean() - never) / gained), 4) if gained else None,
        seconds=round(float(seconds.mean()), 2),
        spread=round(float(metrics.std()), 6),
    )


def _evenly(first: int, count: int, retrains: int, phase: float) -> list[int]:
    step = (count - first) / max(retrains, 1)
    return [int(first + (k + phase) * step) for k in range(retrains)]


def score(learner: Learner, served: Sequence[int]) -> float:
    """ROC AUC, log loss or RMSE of all windows that were predicted."""
    stream = learner.stream
    windows = range(stream.first, stream.count)
    said = np.concatenate(
        [learner.predict(("all", model), w) for model, w in zip(served, windows, strict=True)]
    )
    return metric_of(
        stream, stream.y[stream.first * stream.rows : stream.count * stream.rows], said
    )


def metric_of(stream: Windows, y: NDArray[Any], said: NDArray[Any]) -> float:
    """The metric of a stream's task."""
    from sklearn.metrics import log_loss, roc_auc_score

    if not stream.classes:
        return float(np.sqrt(np.mean((y - said) ** 2)))
    if stream.classes == 2:
        return float(roc_auc_score(y, said[:, 1]))
    return float(log_loss(y, said, labels=range(stream.classes)))

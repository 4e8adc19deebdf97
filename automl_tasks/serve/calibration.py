"""Probabilities that mean what they say: the map that was fitted on out-of-fold predictions.

Training applies the same function, so a metric is measured on what a consumer gets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from automl_tasks.serve.errors import BadPackage

__all__ = ["LEAST", "calibrate", "log_odds"]

Array = np.ndarray[Any, Any]
State = dict[str, Any]

LEAST = 1e-7  # a probability that no map takes for smaller; the log loss is clipped there too


def calibrate(probabilities: Array, state: State | None) -> Array:
    """Apply a fitted calibration.

    Parameters
    ----------
    probabilities : (n, classes) array of float
    state
        ``{"kind": "temperature", "power"}``: powers of the probabilities, renormalised;
        ``{"kind": "platt", "slope", "shift"}``: of two classes, a line through the log odds;
        ``{"kind": "isotonic", "from": [[…]], "to": [[…]]}``: one rising line of straight pieces a
        class (of two classes for the second alone), renormalised. None: as they are.

    Returns
    -------
    (n, classes) array of float
        Rows sum to 1; each row's answer follows from that row alone.

    Raises
    ------
    BadPackage
        When the kind is unknown.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017): On calibration of modern neural networks.
    Platt (1999): Probabilistic outputs for support vector machines.
    Zadrozny, Elkan (2002): Transforming classifier scores into accurate probability estimates.
    """
    if state is None:
        return probabilities
    if state.get("kind") not in _KINDS:
        raise BadPackage(f"a calibration of the unknown kind {state.get('kind')!r}")
    return _KINDS[state["kind"]](probabilities, state)


def log_odds(probabilities: Array) -> Array:
    """(n,) log odds of the second of two classes."""
    held = np.maximum(probabilities, LEAST)
    return np.asarray(np.log(held[:, 1]) - np.log(held[:, 0]))


def _temperature(probabilities: Array, state: State) -> Array:
    return _shares(np.maximum(probabilities, LEAST) ** state["power"])


def _platt(probabilities: Array, state: State) -> Array:
    second = 1 / (1 + np.exp(-(state["slope"] * log_odds(probabilities) + state["shift"])))
    return np.stack([1 - second, second], axis=1)


def _isotonic(probabilities: Array, state: State) -> Array:
    lines = list(zip(state["from"], state["to"], strict=True))
    if probabilities.shape[1] == 2:
        second = np.interp(probabilities[:, 1], *lines[0])
        return np.stack([1 - second, second], axis=1)
    found = [np.interp(probabilities[:, code], *line) for code, line in enumerate(lines)]
    return _shares(np.stack(found, axis=1))


def _shares(positive: Array) -> Array:
    # A product sums narrow rows several times as fast as `sum` along them.
    return np.asarray(positive / (positive @ np.ones(positive.shape[1]))[:, None])


_KINDS: dict[str, Callable[[Array, State], Array]] = {
    "temperature": _temperature,
    "platt": _platt,
    "isotonic": _isotonic,
}

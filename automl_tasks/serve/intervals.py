"""How sure an answer is: ranges of values and sets of classes with an asked coverage.

Split conformal prediction. The out-of-fold predictions of training tell how far off the model is;
their quantiles are kept as tables, so any coverage can be asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_tasks.serve.errors import BadInput

__all__ = ["bounds", "class_sets", "most_coverage"]

Array = np.ndarray[Any, Any]
State = dict[str, Any]


def bounds(prediction: Array, state: State, coverage: float) -> tuple[Array, Array]:
    """Between which values the truth lies in a share `coverage` of the rows.

    Parameters
    ----------
    prediction
        (n,) values.
    state
        ``edges`` (bins - 1,), ascending: predictions between two of them are alike, and have a
        table of their own in ``tables``, of ``levels`` (m,) and ``values`` (m,): the quantiles of
        truth - prediction.
    coverage
        Above 0, at most `most_coverage`.

    Returns
    -------
    (n,) lower and (n,) upper bounds.

    Raises
    ------
    BadInput
        When the training rows are too few to tell of so rare cases.

    References
    ----------
    Papadopoulos, Proedrou, Vovk, Gammerman (2002): Inductive confidence machines for regression.
    Vovk, Gammerman, Shafer (2005): Algorithmic learning in a random world, section 4.5 (Mondrian).
    """
    _check(state, coverage)
    tails = [(1 - coverage) / 2, (1 + coverage) / 2]
    by_bin = np.array(
        [np.interp(tails, each["levels"], each["values"]) for each in state["tables"]]
    )
    own = by_bin[np.searchsorted(state["edges"], prediction, side="right")]
    return prediction + own[:, 0], prediction + own[:, 1]


def class_sets(probabilities: Array, state: State, coverage: float) -> Array:
    """Which classes cannot be ruled out; the true one is among them in a share of the rows.

    Every class at least as probable as the true classes of training's rows mostly were, and the
    most probable one always.

    Parameters
    ----------
    probabilities
        (n, classes).
    state
        ``levels`` (m,) and ``values`` (m,): the quantiles of the probability of the true class.
    coverage
        As for `bounds`.

    Returns
    -------
    (n, classes) array of bool

    Raises
    ------
    BadInput
        As `bounds`.

    References
    ----------
    Sadinle, Lei, Wasserman (2019): Least ambiguous set-valued classifiers with bounded error
    levels.
    """
    _check(state, coverage)
    least = np.interp(1 - coverage, state["levels"], state["values"])
    inside = probabilities >= least
    inside[np.arange(len(inside)), probabilities.argmax(axis=1)] = True
    return np.asarray(inside)


def most_coverage(state: State) -> float:
    """The largest coverage of which the tables tell: with n rows in each about 1 - 2 / n."""
    if "tables" not in state:
        return float(1 - state["levels"][0])
    ends = [(each["levels"][0], each["levels"][-1]) for each in state["tables"]]
    return float(min(min(1 - 2 * low, 2 * high - 1) for low, high in ends))


def _check(state: State, coverage: float) -> None:
    most = most_coverage(state)
    if not 0 < coverage <= most:
        raise BadInput(
            f"interval {coverage!r}: of this model the coverage of its answers is known above 0 "
            f"and up to {np.floor(1000 * most) / 1000:g}"
        )

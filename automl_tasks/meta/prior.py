"""How long a fold takes before anything was measured."""

from __future__ import annotations

from automl_tasks.meta.matrix import Size

__all__ = ["prior_seconds"]

# Seconds per million training cells on one ordinary core: orders of magnitude, which only count
# until results were recorded or the first trials have ended.
_PRIORS = {
    "linear": 2.0,
    "centroids": 0.3,
    "lightgbm": 4.0,
    "xgboost": 5.0,
    "catboost": 40.0,
}
_OTHER = 6.0  # knn
# Times as long, for each class of three or more: a tree for each, and more rounds of them.
_PER_CLASS = {"lightgbm": 2.0, "xgboost": 2.0, "catboost": 0.5}
_VALUES = 6.0  # times as many rounds as a binary task takes a regression
_LINE_PER_CLASS = 3.0  # classes, above which each costs a linear model as much again
_NET_ROWS = 50_000.0  # a second, forward and backward


def prior_seconds(family: str, size: Size, threads: int = 1) -> float:
    """Seconds to train a family's first configuration to its end.

    Parameters
    ----------
    size
        Of the rows that it is trained on.
    threads
        That it has.
    """
    cells = size.rows * size.columns / 1e6
    if family == "mlp":
        return 0.1 + _net_rows(size) * max(1.0, size.columns / 100) / _NET_ROWS / threads
    times = 1.0
    if family in _PER_CLASS and size.classes != 2:
        times = _PER_CLASS[family] * size.classes if size.classes > 2 else _VALUES
    if family == "linear":
        times = max(1.0, size.classes / _LINE_PER_CLASS)
    return 0.1 + _PRIORS.get(family, _OTHER) * times * cells / threads


def _net_rows(size: Size) -> float:
    """Rows that a net sees in all its steps, or in its epochs where these are fewer."""
    from automl_tasks.models.mlp import MOST_EPOCHS, STEPS, batch_size

    return min(STEPS * batch_size(size.rows), MOST_EPOCHS * size.rows)

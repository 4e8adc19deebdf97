"""How long a fold takes before anything was measured."""

from __future__ import annotations

__all__ = ["prior_seconds"]

# Seconds per million training cells on one ordinary core: orders of magnitude, which only count
# until the first trials have ended.
_PRIORS = {
    "linear": 2.0,
    "lightgbm": 4.0,
    "xgboost": 5.0,
    "random_forest": 5.0,
    "extra_trees": 4.0,
    "catboost": 12.0,
}
_OTHER = 6.0
_TREE_PER_CLASS = {"lightgbm", "xgboost", "catboost"}


def prior_seconds(family: str, cells: float, threads: int, classes: int) -> float:
    """Seconds to train a family's first configuration.

    Parameters
    ----------
    cells
        Training rows times columns.
    classes
        Of the problem: boosting grows a tree for each of three or more, and more rounds of them.
    """
    trees = 2 * classes if classes > 2 and family in _TREE_PER_CLASS else 1
    return 0.1 + _PRIORS.get(family, _OTHER) * trees * cells / 1e6 / threads

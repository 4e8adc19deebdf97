"""What boosting is given when its time is too short for its usual rounds."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["hurried", "most_leaves"]

_FASTEST_RATE = 0.3
_ROWS_OF_A_LEAF = 100
_SPARE_LEVELS = 2  # trees that grow level by level are rarely full


def hurried(params: dict[str, Any], slower: float, leaves: int) -> dict[str, Any]:
    """Parameters with which fewer rounds come as far as the usual ones.

    The learning rate rises first. Where the fastest is too slow, trees get more leaves: a round
    then costs two or three times as much and learns more than that.

    Parameters
    ----------
    slower
        Times the time there is, that the usual rounds would take.
    leaves
        That a tree may be raised to.
    """
    rate = params.get("learning_rate")
    if rate is None or slower <= 1:
        return params
    raised = round(max(rate, min(rate * slower, _FASTEST_RATE)), 4)
    return {**params, "learning_rate": raised} | _larger(params, slower * rate / raised, leaves)


def most_leaves(rows: float, classes: int) -> int:
    """Leaves that a tree of so many training rows may be raised to.

    A tree tells one class from all others, of which each has but its share of the rows.
    """
    return int(rows / _ROWS_OF_A_LEAF / max(1.0, classes / 2))


def _larger(params: dict[str, Any], times: float, leaves: int) -> dict[str, Any]:
    """Up to so many times the leaves, where the parameters say how many there are."""
    for name in ("num_leaves", "max_leaves"):
        if name in params:
            return {name: max(params[name], min(round(params[name] * times), leaves))}
    if "max_depth" in params:
        most = int(math.log2(max(leaves, 1))) + _SPARE_LEVELS
        deeper = min(params["max_depth"] + int(math.log2(times)), most)
        return {"max_depth": max(params["max_depth"], deeper)}
    return {}

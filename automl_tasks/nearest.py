"""What somebody most likely meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]

_SHOWN = 12


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The valid name that resembles a mistyped one, whatever its case; None: none does."""
    folded = {each.strip().casefold(): each for each in valid}
    near = difflib.get_close_matches(name.strip().casefold(), folded, n=1)
    return folded[near[0]] if near else None


def did_you_mean(name: str, valid: Iterable[str], others: str = "There are") -> str:
    """``Did you mean 'x'?``, or a list of what there is, after the words `others`."""
    valid = list(valid)
    if (near := nearest(name, valid)) is not None:
        return f"Did you mean {near!r}?"
    more = ", …" if len(valid) > _SHOWN else ""
    return f"{others}: {', '.join(valid[:_SHOWN])}{more}"

"""The hint behind every misspelt column name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(name: str, valid: Iterable[str]) -> str:
    """``Did you mean 'x'?``, or a list of what there is."""
    valid = list(valid)
    near = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {near[0]!r}?"
    more = ", …" if len(valid) > 12 else ""
    return f"There are: {', '.join(valid[:12])}{more}"

"""What this machine lets a search use."""

from __future__ import annotations

import os

__all__ = ["MOST_LANES", "usable_cores"]

MOST_LANES = 8  # child processes of one worker: each holds the table and its libraries


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Look again until something is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from automl_tasks.errors import TransientError

__all__ = ["wait_for"]

T = TypeVar("T")


def wait_for(look: Callable[[], T | None], *, what: str, timeout: float, pause: float = 0.5) -> T:
    """Return the first value that is not None (or empty).

    Parameters
    ----------
    timeout, pause
        Seconds in all, and between two looks.

    Raises
    ------
    TransientError
        When `timeout` has passed.
    """
    deadline = time.monotonic() + timeout
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TransientError(f"waited {timeout:.0f} s for {what}, in vain")
        time.sleep(pause)
    return found

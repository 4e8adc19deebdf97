"""The clock of a run: what was spent survives a killed process, so a retry gets only the rest."""

from __future__ import annotations

import time

from automl_tasks.store import Store

__all__ = ["Clock", "explain_seconds", "part_seconds", "spent_seconds"]

_SAVED_EVERY = 1.0
_EXPLAIN_SHARE, _EXPLAIN_SECONDS, _EXPLAIN_MOST = 0.05, 3.0, 0.1


class Clock:
    """Wall-clock seconds of one part of a run, over all attempts.

    Use it as a context manager; `tick` now and then, so that at most about a second of a killed
    attempt is forgotten.

    Parameters
    ----------
    store, run_key
        Where the run lives: ``NAME/runs/RUN``.
    part
        ``plan``, ``worker-0``, ``candidate`` …; one process at a time writes a part.
    """

    def __init__(self, store: Store, run_key: str, part: str) -> None:
        self._store = store
        self._key = f"{run_key}/spent/{part}.json"
        self._before = part_seconds(store, run_key, part)
        self._start = self._saved = time.monotonic()

    def __enter__(self) -> Clock:
        return self

    def __exit__(self, *_: object) -> None:
        self.save()

    @property
    def elapsed(self) -> float:
        """Seconds spent on this part, earlier attempts included."""
        return self._before + time.monotonic() - self._start

    def tick(self) -> None:
        """Save the time when the last save is a second old."""
        if time.monotonic() - self._saved >= _SAVED_EVERY:
            self.save()

    def save(self) -> None:
        """Write the time down now."""
        self._saved = time.monotonic()
        self._store.write_json(self._key, {"seconds": round(self.elapsed, 3)})


def spent_seconds(store: Store, run_key: str) -> float:
    """Seconds that a run has used so far: workers run beside each other, so the longest counts."""
    parts = spent_parts(store, run_key)
    workers = [seconds for part, seconds in parts.items() if part.startswith("worker-")]
    others = [seconds for part, seconds in parts.items() if not part.startswith("worker-")]
    return max(workers, default=0.0) + sum(others)


def spent_parts(store: Store, run_key: str) -> dict[str, float]:
    """Seconds spent on each part that has begun."""
    names = [name.removesuffix(".json") for name in store.list(f"{run_key}/spent")]
    return {part: part_seconds(store, run_key, part) for part in names}


def part_seconds(store: Store, run_key: str, part: str) -> float:
    """Seconds spent on one part; 0 before it began."""
    key = f"{run_key}/spent/{part}.json"
    return float(store.read_json(key)["seconds"]) if store.exists(key) else 0.0


def explain_seconds(budget_seconds: float, holdout_rows: int) -> float:
    """Seconds of a run's budget that its explanation may take.

    5 %, or 3 seconds where that is more and still no more than a tenth.

    Parameters
    ----------
    holdout_rows
        Without any nothing is explained.
    """
    if not holdout_rows:
        return 0.0
    least = min(_EXPLAIN_SECONDS, _EXPLAIN_MOST * budget_seconds)
    return max(least, _EXPLAIN_SHARE * budget_seconds)

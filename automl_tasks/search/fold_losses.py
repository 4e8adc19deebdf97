"""Mean losses of a trial's folds, comparable where some of them are missing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automl_tasks.search.ledger import FoldRecord

__all__ = ["Offsets", "mean"]


class Offsets:
    """How far the losses of some folds lie from those of all, by the complete trials."""

    def __init__(self, trials: Iterable[list[FoldRecord]]) -> None:
        self._complete = [
            records
            for records in map(_ok, trials)
            if records and len(records) == records[0].configuration.folds
        ]
        self._gaps: dict[frozenset[int], float] = {}

    def loss(self, records: list[FoldRecord]) -> float:
        good = _ok(records)
        if not good:
            return float("inf")
        return _mean_loss(good) + self._gap(frozenset(record.fold for record in good))

    def _gap(self, done: frozenset[int]) -> float:
        if done not in self._gaps:
            gaps = [
                _mean_loss(whole) - _mean_loss([each for each in whole if each.fold in done])
                for whole in self._complete
                if done < {each.fold for each in whole}
            ]
            self._gaps[done] = sum(gaps) / len(gaps) if gaps else 0.0
        return self._gaps[done]


def _ok(records: list[FoldRecord]) -> list[FoldRecord]:
    return [record for record in records if record.status == "ok"]


def _mean_loss(records: list[FoldRecord]) -> float:
    return mean([(each.loss, each.valid_rows) for each in records])


def mean(losses: list[tuple[float | None, int]]) -> float:
    """Of the known losses, weighted by their rows; infinite where none is."""
    known = [(loss, rows) for loss, rows in losses if loss is not None]
    if not known:
        return float("inf")
    return sum(loss * rows for loss, rows in known) / sum(rows for _, rows in known)

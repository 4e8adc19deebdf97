"""Free text as a few dense numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .characters import WeightedGrams
from .table import Table, column, prepares, register, unpack
from .values import texts
from .words import Terms, Vocabulary, Weighted, starts_of

__all__ = ["count_known", "text_topics"]

_ENTRIES = 20_000  # of rows and terms: the vectors of as many stay in the processor's cache


class _Projection(NamedTuple):
    """Terms of a column, and what each adds to the topics.

    Attributes
    ----------
    names
        (topics,) of the columns that are made.
    vectors
        (terms, topics), in float64: rounded to float32, a row's topics are the same in any company.
    """

    names: list[str]
    terms: Weighted | WeightedGrams
    vectors: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """(n, topics) topics of texts."""
        row, term, weight = self.terms.tfidf(values)
        projected = np.zeros((len(values), len(self.names)), dtype=np.float32)
        starts = starts_of(row)
        for rows in _stretches(starts):
            first = starts[rows[0]]
            end = starts[rows[-1] + 1] if rows[-1] + 1 < len(starts) else len(row)
            cells = self.vectors[term[first:end]] * weight[first:end, None]
            projected[row[starts[rows]]] = np.add.reduceat(cells, starts[rows] - first, axis=0)
        return projected


def _stretches(starts: np.ndarray) -> list[np.ndarray]:
    """Rows that are projected at once: those that begin among as many entries."""
    if not len(starts):
        return []
    if starts[-1] < _ENTRIES:
        return [np.arange(len(starts))]
    return np.split(np.arange(len(starts)), np.flatnonzero(np.diff(starts // _ENTRIES)) + 1)


def count_known(values: np.ndarray, how: dict[str, Any]) -> Terms:
    """TF-IDF of the terms of a fitted vocabulary: ``terms`` (words) or ``hashes`` (characters)."""
    return _terms(how).tfidf(values)


def _terms(how: dict[str, Any]) -> Weighted | WeightedGrams:
    weights = unpack(how["weights"])
    if "hashes" in how:
        return WeightedGrams(unpack(how["hashes"]), weights)
    return Weighted(Vocabulary(how["terms"]), weights)


@prepares("text_topics")
def _projections(state: dict[str, Any]) -> dict[str, _Projection]:
    return {
        name: _projection(f"{name}:{state['called']}", how)
        for name, how in state["columns"].items()
    }


def _projection(called: str, how: dict[str, Any]) -> _Projection:
    vectors = unpack(how["vectors"]).astype(np.float64)
    return _Projection([f"{called}{at}" for at in range(vectors.shape[1])], _terms(how), vectors)


@register("text_topics")
def text_topics(columns: dict[str, _Projection], table: Table) -> Table:
    """``x:topic0`` …: TF-IDF weights projected on the leading singular vectors of training."""
    added: Table = {}
    for name, projection in columns.items():
        projected = projection.of(texts(column(table, name)))
        added.update(zip(projection.names, projected.T, strict=True))
    return table | added

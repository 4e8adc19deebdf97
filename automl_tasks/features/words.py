"""Free text for the models."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.table import column, pack
from automl_tasks.serve.steps.values import texts
from automl_tasks.serve.steps.words import words_and_pairs

from ._base import Step

__all__ = [
    "RARE_DOCUMENTS",
    "TextStatistics",
    "TextTerms",
    "find_terms",
    "inverse_frequencies",
    "sample_texts",
]

_SAMPLE = 20_000
RARE_DOCUMENTS = 3
_CELLS = 50_000_000
_FEWEST_TERMS = 50


class TextStatistics(Step):
    """Add length, words and the shares of digits and capitals."""

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        return {"kind": "text_statistics", "columns": self._columns(table)}


class TextTerms(Step):
    """Add a TF-IDF column for each of the commonest terms.

    Parameters
    ----------
    most
        Words and pairs of words at most; fewer when there are very many rows, to bound the memory.
    """

    def __init__(self, columns: list[str] | None = None, most: int = 1_000) -> None:
        super().__init__(columns)
        self.most = most

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        columns = {}
        for name in self._columns(table):
            values = texts(column(table, name))
            bound = max(_FEWEST_TERMS, _CELLS // max(len(values), 1))
            terms, weights = find_terms(sample_texts(values), min(self.most, bound))
            columns[name] = {"terms": terms, "weights": pack(weights)}
        return {"kind": "text_terms", "columns": columns}


def sample_texts(values: np.ndarray, most: int = _SAMPLE) -> np.ndarray:
    """At most `most` of the texts, evenly from first to last."""
    if len(values) <= most:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, most).astype(np.int64)])


def find_terms(values: np.ndarray, most: int) -> tuple[list[str], np.ndarray]:
    """Words and pairs of words of three texts or more, and their inverse document frequencies."""
    documents: Counter[str] = Counter()
    for text in values:
        documents.update(set(words_and_pairs(text)))
    common = sorted(
        ((term, count) for term, count in documents.items() if count >= RARE_DOCUMENTS),
        key=lambda item: (-item[1], item[0]),
    )[:most]
    counts = np.array([count for _, count in common], dtype=np.float64)
    return [term for term, _ in common], inverse_frequencies(counts, len(values))


def inverse_frequencies(documents: np.ndarray, texts: int) -> np.ndarray:
    """Weights of terms that occur in so many of the texts."""
    return np.asarray(np.log((1 + texts) / (1 + documents)) + 1, dtype=np.float32)

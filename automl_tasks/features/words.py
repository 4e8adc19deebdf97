"""Free text for the models."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.table import column, pack
from automl_tasks.serve.steps.values import texts
from automl_tasks.serve.steps.words import count_terms, tokens

from ._base import Step

__all__ = ["TextStatistics", "TextTerms", "TextTopics"]

_SAMPLE = 20_000
_RARE_DOCUMENTS = 3
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
        Terms at most; fewer when there are very many rows, to bound the memory.
    """

    def __init__(self, columns: list[str] | None = None, most: int = 1_000) -> None:
        super().__init__(columns)
        self.most = most

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        columns = {}
        for name in self._columns(table):
            values = texts(column(table, name))
            bound = max(_FEWEST_TERMS, _CELLS // max(len(values), 1))
            terms, weights = _vocabulary(_sample(values), min(self.most, bound))
            columns[name] = {"terms": terms, "weights": pack(weights)}
        return {"kind": "text_terms", "columns": columns}


class TextTopics(Step):
    """Add the leading directions of the TF-IDF matrix: latent semantic analysis.

    Parameters
    ----------
    topics
        Number of directions.
    most
        Terms at most.
    """

    def __init__(
        self, columns: list[str] | None = None, topics: int = 16, most: int = 4_000
    ) -> None:
        super().__init__(columns)
        self.topics = topics
        self.most = most

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        columns = {}
        for name in self._columns(table):
            values = _sample(texts(column(table, name)))
            terms, weights = _vocabulary(values, self.most)
            vectors = _directions(values, terms, weights, self.topics)
            columns[name] = {"terms": terms, "weights": pack(weights), "vectors": pack(vectors)}
        return {"kind": "text_topics", "columns": columns}


def _sample(values: np.ndarray) -> np.ndarray:
    if len(values) <= _SAMPLE:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, _SAMPLE).astype(np.int64)])


def _vocabulary(values: np.ndarray, most: int) -> tuple[list[str], np.ndarray]:
    """Terms of three texts or more, and their inverse document frequencies."""
    documents: Counter[str] = Counter()
    for text in values:
        documents.update(set(tokens(text)))
    common = sorted(
        ((term, count) for term, count in documents.items() if count >= _RARE_DOCUMENTS),
        key=lambda item: (-item[1], item[0]),
    )[:most]
    counts = np.array([count for _, count in common], dtype=np.float64)
    weights = np.log((1 + len(values)) / (1 + counts)) + 1
    return [term for term, _ in common], weights.astype(np.float32)


def _directions(
    values: np.ndarray, terms: list[str], weights: np.ndarray, topics: int
) -> np.ndarray:
    from scipy.sparse import csr_matrix
    from sklearn.utils.extmath import randomized_svd

    topics = min(topics, len(terms), len(values))
    if topics == 0:
        return np.zeros((len(terms), 0), dtype=np.float32)
    vocabulary = {term: at for at, term in enumerate(terms)}
    row, term, weight = count_terms(values, vocabulary, weights)
    matrix = csr_matrix((weight, (row, term)), shape=(len(values), len(terms)))
    _, _, directions = randomized_svd(matrix, topics, n_iter=5, random_state=0)
    return np.ascontiguousarray(directions.T, dtype=np.float32)

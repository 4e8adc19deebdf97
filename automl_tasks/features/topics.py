"""Free text as a few dense numbers: latent semantic analysis."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from automl_tasks.serve.steps import Table
from automl_tasks.serve.steps.characters import hashed_grams
from automl_tasks.serve.steps.table import column, pack
from automl_tasks.serve.steps.topics import count_known
from automl_tasks.serve.steps.values import texts

from ._base import Step
from .words import RARE_DOCUMENTS, find_terms, inverse_frequencies, sample_texts

__all__ = ["TextTopics"]

_MOST_WORDS, _MOST_GRAMS = 4_000, 6_000
_SAMPLE, _SAMPLE_OF_GRAMS = 20_000, 4_000


class TextTopics(Step):
    """Add the leading directions of the TF-IDF matrix (Deerwester et al. 1990).

    Parameters
    ----------
    topics
        Number of directions.
    grams
        Terms: ``words`` and pairs of them, or runs of three to five ``characters``.
    """

    def __init__(
        self,
        columns: list[str] | None = None,
        topics: int = 16,
        grams: Literal["words", "characters"] = "words",
    ) -> None:
        super().__init__(columns)
        self.topics = topics
        self.grams = grams

    def fit_table(self, table: Table, y: np.ndarray | None) -> dict[str, Any]:  # noqa: ARG002
        columns = {name: self._fit(texts(column(table, name))) for name in self._columns(table)}
        called = "topic" if self.grams == "words" else "spelling"
        return {"kind": "text_topics", "called": called, "columns": columns}

    def _fit(self, values: np.ndarray) -> dict[str, Any]:
        how: dict[str, Any]
        if self.grams == "words":
            sample = sample_texts(values, _SAMPLE)
            terms, weights = find_terms(sample, _MOST_WORDS)
            how = {"terms": terms, "weights": pack(weights)}
        else:
            sample = sample_texts(values, _SAMPLE_OF_GRAMS)
            hashes, weights = _find_grams(sample, _MOST_GRAMS)
            how = {"hashes": pack(hashes), "weights": pack(weights)}
        return how | {"vectors": pack(_directions(sample, how, len(weights), self.topics))}


def _find_grams(values: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Sorted hashes of the commonest runs of characters, and inverse document frequencies."""
    rows, hashes = hashed_grams(values)
    levels, at = np.unique(hashes, return_inverse=True)
    # Sorted, and not np.unique alone, which would hash: ten times as slow on millions.
    cells = np.sort(at.astype(np.int64) * len(values) + rows)
    distinct = cells[np.diff(cells, prepend=-1) > 0]
    documents = np.bincount(distinct // max(len(values), 1), minlength=len(levels))
    common = np.argsort(-documents, kind="stable")[:most]
    common = np.sort(common[documents[common] >= RARE_DOCUMENTS])
    return levels[common], inverse_frequencies(documents[common], len(values))


def _directions(values: np.ndarray, how: dict[str, Any], terms: int, topics: int) -> np.ndarray:
    from scipy.sparse import csr_matrix
    from sklearn.utils.extmath import randomized_svd

    topics = min(topics, terms, len(values))
    if topics == 0:
        return np.zeros((terms, 0), dtype=np.float32)
    row, term, weight = count_known(values, how)
    matrix = csr_matrix((weight, (row, term)), shape=(len(values), terms))
    _, _, directions = randomized_svd(matrix, topics, n_iter=3, random_state=0)
    return np.ascontiguousarray(directions.T, dtype=np.float32)

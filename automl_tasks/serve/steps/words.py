"""Free text as counts and TF-IDF terms."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np

from .table import Table, column, register, unpack
from .values import texts

__all__ = [
    "Terms",
    "count_terms",
    "text_statistics",
    "text_terms",
    "tokens",
    "weigh",
    "words_and_pairs",
]

_WORD = re.compile(r"\w+")

Terms = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Row, term and weight of each non-zero entry, sorted by row."""


def tokens(text: str | None) -> list[str]:
    """Lower-case words of a text."""
    return _WORD.findall(text.lower()) if text else []


def words_and_pairs(text: str | None) -> list[str]:
    """Lower-case words of a text, then each two neighbours, as ``not good``."""
    words = tokens(text)
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def count_terms(values: np.ndarray, vocabulary: dict[str, int], weights: np.ndarray) -> Terms:
    """TF-IDF of words and pairs of words.

    Parameters
    ----------
    values : (n,) object array
        Texts, None where missing.
    weights : (terms,) array
        Inverse document frequencies.
    """
    rows: list[int] = []
    terms: list[int] = []
    for at, text in enumerate(values):
        known = [vocabulary[term] for term in words_and_pairs(text) if term in vocabulary]
        terms.extend(known)
        rows.extend([at] * len(known))
    return weigh(np.array(rows, dtype=np.int64), np.array(terms, dtype=np.int64), weights)


def weigh(rows: np.ndarray, terms: np.ndarray, weights: np.ndarray) -> Terms:
    """TF-IDF of occurrences, with sublinear counts, each row scaled to length one."""
    cells, counts = np.unique(rows * len(weights) + terms, return_counts=True)
    row, term = np.divmod(cells, max(len(weights), 1))
    weight: np.ndarray = (1 + np.log(counts)) * weights[term]
    length = np.sqrt(np.bincount(row, weight**2))
    return row, term, weight / length[row]


@register("text_statistics")
def text_statistics(state: dict[str, Any], table: Table) -> Table:
    """``x:length``, ``x:words``, ``x:digits`` and ``x:capitals`` (shares of the characters)."""
    added: Table = {}
    for name in state["columns"]:
        rows = [_describe(text) for text in texts(column(table, name))]
        array = np.array(rows, dtype=np.float32).reshape(-1, 4)
        for at, part in enumerate(("length", "words", "digits", "capitals")):
            added[f"{name}:{part}"] = array[:, at]
    return table | added


def _describe(text: str | None) -> tuple[float, float, float, float]:
    if not text:
        return 0.0, 0.0, 0.0, 0.0
    digits, capitals = sum(map(str.isdigit, text)), sum(map(str.isupper, text))
    return len(text), len(text.split()), digits / len(text), capitals / len(text)


@register("text_terms")
def text_terms(state: dict[str, Any], table: Table) -> Table:
    """``x:word=w``: a column of TF-IDF weights per term."""
    added: Table = {}
    for name, how in state["columns"].items():
        values, weights = texts(column(table, name)), unpack(how["weights"])
        vocabulary = {term: at for at, term in enumerate(how["terms"])}
        dense = np.zeros((len(weights), len(values)), dtype=np.float32)
        row, term, weight = count_terms(values, vocabulary, weights)
        dense[term, row] = weight
        added.update({f"{name}:word={word}": dense[at] for word, at in vocabulary.items()})
    return table | added

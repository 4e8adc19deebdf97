"""Free text as counts, TF-IDF terms or a few dense topics."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from .table import Table, column, register, unpack
from .values import texts

__all__ = ["Terms", "count_terms", "text_statistics", "text_terms", "text_topics", "tokens"]

_WORD = re.compile(r"\w+")
_CHUNK = 20_000

Terms = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Row, term and weight of each non-zero entry, sorted by row."""


def tokens(text: str | None) -> list[str]:
    """Lower-case words of a text."""
    return _WORD.findall(text.lower()) if text else []


def count_terms(values: np.ndarray, vocabulary: dict[str, int], weights: np.ndarray) -> Terms:
    """TF-IDF with sublinear counts, each row scaled to length one.

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
        known = [vocabulary[word] for word in tokens(text) if word in vocabulary]
        terms.extend(known)
        rows.extend([at] * len(known))
    flat = np.array(rows, dtype=np.int64) * len(weights) + np.array(terms, dtype=np.int64)
    cells, counts = np.unique(flat, return_counts=True)
    row, term = np.divmod(cells, max(len(weights), 1))
    weight: np.ndarray = (1 + np.log(counts)) * weights[term]
    length = np.sqrt(np.bincount(row, weight**2, minlength=len(values)))
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


@register("text_topics")
def text_topics(state: dict[str, Any], table: Table) -> Table:
    """``x:topic0`` …: TF-IDF weights projected on the leading singular vectors of training."""
    added: Table = {}
    for name, how in state["columns"].items():
        values, weights = texts(column(table, name)), unpack(how["weights"])
        vocabulary = {term: at for at, term in enumerate(how["terms"])}
        vectors = unpack(how["vectors"])
        projected = np.zeros((len(values), vectors.shape[1]), dtype=np.float32)
        for start in range(0, len(values), _CHUNK):
            part = slice(start, start + _CHUNK)
            row, term, weight = count_terms(values[part], vocabulary, weights)
            np.add.at(projected[part], row, (weight[:, None] * vectors[term]).astype(np.float32))
        added.update({f"{name}:topic{at}": projected[:, at] for at in range(vectors.shape[1])})
    return table | added

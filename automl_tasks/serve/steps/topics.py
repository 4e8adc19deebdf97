"""Free text as a few dense numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .characters import count_grams
from .table import Table, column, register, unpack
from .values import texts
from .words import Terms, count_terms

__all__ = ["count_known", "text_topics"]

_CELLS = 4_000_000


def count_known(values: np.ndarray, how: dict[str, Any]) -> Terms:
    """TF-IDF of the terms of a fitted vocabulary: ``terms`` (words) or ``hashes`` (characters)."""
    weights = unpack(how["weights"])
    if "hashes" in how:
        return count_grams(values, unpack(how["hashes"]), weights)
    return count_terms(values, {term: at for at, term in enumerate(how["terms"])}, weights)


@register("text_topics")
def text_topics(state: dict[str, Any], table: Table) -> Table:
    """``x:topic0`` …: TF-IDF weights projected on the leading singular vectors of training."""
    added: Table = {}
    for name, how in state["columns"].items():
        values, vectors = texts(column(table, name)), unpack(how["vectors"]).astype(np.float64)
        projected = np.zeros((len(values), vectors.shape[1]), dtype=np.float32)
        step = max(1, _CELLS // max(len(vectors), 1))
        for start in range(0, len(values) if len(vectors) else 0, step):
            part = values[start : start + step]
            row, term, weight = count_known(part, how)
            # In float64: rounded to float32, a row's topics are the same in any company.
            dense = np.zeros((len(part), len(vectors)))
            dense[row, term] = weight
            projected[start : start + step] = dense @ vectors
        names = [f"{name}:{state['called']}{at}" for at in range(vectors.shape[1])]
        added.update(zip(names, projected.T, strict=True))
    return table | added

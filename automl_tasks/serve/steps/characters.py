"""Runs of three to five characters: spelling, endings, compounds, what words do not share."""

from __future__ import annotations

import numpy as np

from .words import Terms, weigh

__all__ = ["count_grams", "hashed_grams"]

_SIZES = (3, 4, 5)
_MOST_CHARACTERS = 500
_BREAK = "\n"
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def hashed_grams(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and hash of every run of characters of each text's beginning, computed all at once.

    Parameters
    ----------
    values : (n,) object array
        Texts, None where missing.
    """
    texts = [
        f" {' '.join(text[:_MOST_CHARACTERS].lower().split())} " if text else "" for text in values
    ]
    joined = _BREAK.join(texts).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype="<u4").astype(np.uint64)
    breaks = np.concatenate([[0], np.cumsum(codes == ord(_BREAK))])
    rows, hashes = [], []
    for size in _SIZES:
        windows = max(len(codes) - size + 1, 0)
        hashed = np.full(windows, size, dtype=np.uint64)
        for at in range(size):
            hashed = (hashed ^ codes[at : at + windows]) * _MULTIPLIER
            hashed ^= hashed >> np.uint64(29)
        whole = breaks[size : size + windows] == breaks[:windows]
        rows.append(breaks[:windows][whole])
        hashes.append(hashed[whole])
    return np.concatenate(rows), np.concatenate(hashes)


def count_grams(values: np.ndarray, vocabulary: np.ndarray, weights: np.ndarray) -> Terms:
    """TF-IDF of the runs of characters.

    Parameters
    ----------
    vocabulary : (terms,) array
        Sorted hashes.
    weights : (terms,) array
        Inverse document frequencies.
    """
    rows, hashes = hashed_grams(values)
    term = np.searchsorted(vocabulary, hashes)
    known = term < len(vocabulary)
    known[known] = vocabulary[term[known]] == hashes[known]
    return weigh(rows[known], term[known], weights)

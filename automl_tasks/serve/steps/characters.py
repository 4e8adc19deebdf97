"""Runs of three to five characters: spelling, endings, compounds, what words do not share."""

from __future__ import annotations

import numpy as np

from .values import Texts
from .words import Terms, weigh

__all__ = ["WeightedGrams", "count_grams", "hashed_grams"]

_SIZES = (3, 4, 5)
_MOST_CHARACTERS = 500
_BREAK = "\n"
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)
_SLOTS = 1 << 16
_IN_SLOTS = np.uint64(_SLOTS - 1)


def hashed_grams(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and hash of every run of characters of each text's beginning, computed all at once.

    Parameters
    ----------
    values : (n,) object array
        Texts, None where missing.
    """
    if isinstance(values, Texts):
        shared: tuple[np.ndarray, np.ndarray] = values.once("grams", hashed_grams)
        return shared
    texts = [
        f" {' '.join(text[:_MOST_CHARACTERS].lower().split())} " if text else "" for text in values
    ]
    joined = _BREAK.join(texts).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype="<u4").astype(np.uint64)
    breaks = np.concatenate([[0], np.cumsum(codes == ord(_BREAK))])
    rows, hashes = [], []
    for size in _SIZES:
        windows = max(len(codes) - size + 1, 0)
        hashed = codes[:windows] ^ np.uint64(size)
        for at in range(size):
            if at:
                hashed ^= codes[at : at + windows]
            hashed *= _MULTIPLIER
            hashed ^= hashed >> _SHIFT
        whole = breaks[size : size + windows] == breaks[:windows]
        rows.append(breaks[:windows][whole])
        hashes.append(hashed[whole])
    return np.concatenate(rows), np.concatenate(hashes)


class WeightedGrams:
    """Known runs of characters with their inverse document frequencies.

    Parameters
    ----------
    vocabulary : (terms,) array
        Sorted hashes.
    weights : (terms,) array
    """

    def __init__(self, vocabulary: np.ndarray, weights: np.ndarray) -> None:
        self._vocabulary, self._weights = vocabulary, weights
        slot = (vocabulary & _IN_SLOTS).astype(np.int64)
        # The term of each slot; of several one, the others are looked up by halving.
        self._term = np.full(_SLOTS, -1)
        self._term[slot] = np.arange(len(vocabulary))
        self._shared = np.bincount(slot, minlength=_SLOTS) > 1

    def tfidf(self, values: np.ndarray) -> Terms:
        """TF-IDF of the runs of characters in (n,) texts, None where missing."""
        rows, hashes = hashed_grams(values)
        slot = (hashes & _IN_SLOTS).astype(np.int64)
        term = self._term[slot]
        shared = np.flatnonzero(self._shared[slot])
        term[shared] = np.searchsorted(self._vocabulary, hashes[shared])
        known = (term >= 0) & (term < len(self._vocabulary))
        known[known] = self._vocabulary[term[known]] == hashes[known]
        return weigh(rows[known], term[known], self._weights)


def count_grams(values: np.ndarray, vocabulary: np.ndarray, weights: np.ndarray) -> Terms:
    """TF-IDF of the runs of characters; see `WeightedGrams`."""
    return WeightedGrams(vocabulary, weights).tfidf(values)

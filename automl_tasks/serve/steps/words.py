"""Free text as counts and TF-IDF terms."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from .table import Table, column, prepares, register, unpack
from .values import FEW_ROWS, Texts, texts

__all__ = [
    "Terms",
    "Vocabulary",
    "starts_of",
    "text_statistics",
    "text_terms",
    "tokens",
    "weigh",
    "words_and_pairs",
]

_WORD = re.compile(r"\w+")
_BREAK = "\0"
_WORD_OR_BREAK = re.compile(r"\w+|\0")

Terms = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Row, term and weight of each non-zero entry, sorted by row."""


def tokens(text: str | None) -> list[str]:
    """Lower-case words of a text."""
    return _WORD.findall(text.lower()) if text else []


def words_and_pairs(text: str | None) -> list[str]:
    """Lower-case words of a text, then each two neighbours, as ``not good``."""
    words = tokens(text)
    return words + [f"{first} {second}" for first, second in pairwise(words)]


class Vocabulary:
    """Words and pairs of words, as `words_and_pairs` gives them, found in many texts at once.

    Parameters
    ----------
    terms
        Numbered by their positions.
    """

    def __init__(self, terms: list[str]) -> None:
        split = [term.split(" ") for term in terms]
        words = sorted({word for term in split for word in term})
        self._number = {word: at for at, word in enumerate(words)} | {_BREAK: len(words)}
        self._size = len(words) + 1
        self._word = np.full(self._size, -1)  # the term that a word is, -1: only part of pairs
        pairs = []
        for at, (first, *second) in enumerate(split):
            if second:
                code = self._number[first] * self._size + self._number[second[0]]
                pairs.append((code, at))
            else:
                self._word[self._number[first]] = at
        self._pairs, self._pair = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T

    def occurrences(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and term of each occurrence in (n,) texts, None where missing."""
        found = _all_tokens(values)
        number = np.fromiter(
            (self._number.get(token, -1) for token in found), dtype=np.int64, count=len(found)
        )
        row = np.cumsum(number == self._size - 1)
        # A break, and a word of no term, is the term -1, as is what follows in a pair with it.
        term = np.where(number < 0, -1, self._word[number])
        code = number[:-1] * self._size + number[1:]
        code[(number[:-1] < 0) | (number[1:] < 0)] = -1
        pair = _positions(self._pairs, code)
        both = np.concatenate([row, row[:-1]]), np.concatenate([term, _picked(self._pair, pair)])
        known = np.flatnonzero(both[1] >= 0)
        return both[0][known], both[1][known]


def _all_tokens(values: np.ndarray) -> list[str]:
    """Lower-case words of all texts, with a break between two texts."""
    if isinstance(values, Texts):
        shared: list[str] = values.once("tokens", _all_tokens)
        return shared
    joined = _BREAK.join([(text or "").replace(_BREAK, " ") for text in values])
    return _WORD_OR_BREAK.findall(joined.lower())


def _positions(ordered: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where each wanted number is in an ordered array, -1 where it is not."""
    if not len(ordered):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.where(ordered[at] == wanted, at, -1)


def _picked(array: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.where(at < 0, -1, array[at]) if len(array) else at


class Weighted(NamedTuple):
    """A vocabulary and the inverse document frequencies of its terms."""

    vocabulary: Vocabulary
    weights: np.ndarray

    def tfidf(self, values: np.ndarray) -> Terms:
        """TF-IDF of words and pairs of words in (n,) texts, None where missing."""
        return weigh(*self.vocabulary.occurrences(values), self.weights)


def weigh(rows: np.ndarray, terms: np.ndarray, weights: np.ndarray) -> Terms:
    """TF-IDF of occurrences, with sublinear counts, each row scaled to length one."""
    cells = np.sort(rows * len(weights) + terms)
    first = starts_of(cells)
    counts = np.append(first[1:], len(cells)) - first
    row, term = np.divmod(cells[first], max(len(weights), 1))
    weight: np.ndarray = (1 + np.log(counts)) * weights[term]
    length = np.sqrt(np.bincount(row, weight**2))
    return row, term, weight / length[row]


def starts_of(ordered: np.ndarray) -> np.ndarray:
    """Where each stretch of equal numbers begins."""
    begins = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return np.flatnonzero(begins)


@register("text_statistics")
def text_statistics(state: dict[str, Any], table: Table) -> Table:
    """``x:length``, ``x:words``, ``x:digits`` and ``x:capitals`` (shares of the characters)."""
    added: Table = {}
    for name in state["columns"]:
        array = _described(texts(column(table, name)))
        for at, part in enumerate(("length", "words", "digits", "capitals")):
            added[f"{name}:{part}"] = array[:, at]
    return table | added


def _described(values: np.ndarray) -> np.ndarray:
    """(n, 4) statistics of texts, all at once where they are ASCII."""
    filled = [text or "" for text in values]
    joined = "".join(filled)
    if len(filled) <= FEW_ROWS or not joined.isascii():
        return np.array([_describe(text) for text in filled], dtype=np.float32).reshape(-1, 4)
    code = np.frombuffer(joined.encode("ascii"), dtype=np.uint8)
    length = np.fromiter(map(len, filled), dtype=np.int64, count=len(filled))
    ends = np.cumsum(length)
    starts = ends - length
    blank = (code == 32) | ((code >= 9) & (code <= 13)) | ((code >= 28) & (code <= 31))
    begins = ~blank
    begins[1:] &= blank[:-1]
    at = starts[length > 0]
    begins[at] = ~blank[at]
    words, digits, capitals = (
        np.diff(np.concatenate([[0], np.cumsum(mask)])[np.append(starts, len(code))])
        for mask in (begins, (code >= 48) & (code <= 57), (code >= 65) & (code <= 90))
    )
    size = np.maximum(length, 1)
    return np.stack([length, words, digits / size, capitals / size], axis=1).astype(np.float32)


def _describe(text: str) -> tuple[float, float, float, float]:
    if not text:
        return 0.0, 0.0, 0.0, 0.0
    digits, capitals = sum(map(str.isdigit, text)), sum(map(str.isupper, text))
    return len(text), len(text.split()), digits / len(text), capitals / len(text)


@prepares("text_terms")
def _weighted_columns(state: dict[str, Any]) -> dict[str, tuple[list[str], Weighted]]:
    return {
        name: (
            [f"{name}:word={word}" for word in how["terms"]],
            Weighted(Vocabulary(how["terms"]), unpack(how["weights"])),
        )
        for name, how in state["columns"].items()
    }


@register("text_terms")
def text_terms(columns: dict[str, tuple[list[str], Weighted]], table: Table) -> Table:
    """``x:word=w``: a column of TF-IDF weights per term."""
    added: Table = {}
    for name, (names, weighted) in columns.items():
        values = texts(column(table, name))
        dense = np.zeros((len(names), len(values)), dtype=np.float32)
        row, term, weight = weighted.tfidf(values)
        dense[term, row] = weight
        added.update(zip(names, dense, strict=True))
    return table | added

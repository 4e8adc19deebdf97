"""How free text differs: its length, its words, and how much of it was never read before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.monitor.comparing import Difference, compare_numbers, compare_shares
from automl_tasks.monitor.stretches import Stretches
from automl_tasks.serve.steps.words import tokens

__all__ = ["TextDifference", "compare_texts"]

_TOKENS = 50
_TEXTS, _CHARACTERS = 5_000, 5_000  # more texts, or longer ones, cost more than they tell

TextDifference = tuple[list[Difference], float | None]
"""Of length, novelty and words; and the share of the current words that the reference lacks."""


def compare_texts(
    reference: NDArray[Any], current: NDArray[Any], stretches: Stretches
) -> TextDifference:
    """Compare length, share of new words, and in how many texts the most frequent words are.

    A text's share of new words is compared with that of each reference text beside all the other
    ones: some new words are in any new text.

    Parameters
    ----------
    reference, current : (n,), (m,) object arrays
        Texts, None where missing. Of more than 5,000 every so-manieth is read.
    """
    step = _step(reference)
    reference, current, stretches = (
        reference[::step],
        current[:: _step(current)],
        stretches.every(step),
    )
    present = np.array([text is not None for text in reference])
    there, here = _words(reference), _words(current)
    counts = Counter(token for words in there for token in words)
    old = _spread([_share(words, counts, own=1) for words in there], present)
    new = _numbers([_share(words, counts, own=0) for words in here])
    tests = [compare_numbers(_lengths(reference), _lengths(current), stretches)]
    if not np.isnan(old).all() and not np.isnan(new).all():
        tests.append(compare_numbers(old, new, stretches))
    return [*tests, *_compare_words(there, here, counts, present, stretches)], _unseen(here, counts)


def _step(texts: NDArray[Any]) -> int:
    return max(1, -(-len(texts) // _TEXTS))


def _compare_words(
    there: Sequence[frozenset[str]],
    here: Sequence[frozenset[str]],
    counts: Counter[str],
    present: NDArray[np.bool_],
    stretches: Stretches,
) -> list[Difference]:
    """The word that differs most, its p-value corrected for the number of words."""
    both = counts + Counter(token for words in here for token in words)
    # By count, then by name: the order of a set changes from process to process.
    frequent = sorted(both, key=lambda token: (-both[token], token))[:_TOKENS]
    differences = [
        compare_shares(_has(token, there), _has(token, here), present, stretches)
        for token in frequent
    ]
    if not differences:
        return []
    first = min(differences, key=lambda each: (each.p_value, -each.effect))
    p_value = min(1.0, len(differences) * first.p_value)
    return [Difference(first.effect, p_value, first.rows)]


def _words(texts: NDArray[Any]) -> list[frozenset[str]]:
    return [frozenset(tokens(text[:_CHARACTERS])) for text in texts if text is not None]


def _lengths(texts: NDArray[Any]) -> NDArray[np.float64]:
    return _numbers([None if text is None else len(text) for text in texts])


def _has(token: str, texts: Sequence[frozenset[str]]) -> NDArray[np.bool_]:
    return np.array([token in words for words in texts], dtype=bool)


def _share(words: frozenset[str], counts: Counter[str], *, own: int) -> float | None:
    """Share of the words of a text that are in no reference text but itself."""
    return sum(counts[word] <= own for word in words) / len(words) if words else None


def _unseen(here: Sequence[frozenset[str]], counts: Counter[str]) -> float | None:
    used = {word for words in here for word in words}
    return sum(word not in counts for word in used) / len(used) if used else None


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def _spread(values: Sequence[float | None], present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Values of the present texts, at their rows."""
    spread = np.full(len(present), np.nan)
    spread[present] = _numbers(values)
    return spread

"""The leaves of a scikit-learn tree as conditions in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tasks.assess.explanation.tree_columns import Question

__all__ = ["Leaf", "leaves_of"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Turn:
    """One decision on the way to a leaf."""

    question: int
    below: bool
    threshold: float
    missing: bool  # rows without an answer take it, too


@dataclass(frozen=True)
class Leaf:
    """Where a tree ends.

    Attributes
    ----------
    value : (outputs,) array
        Mean answer; of a classifier the share of each class that the tree knows.
    label
        Number that the classifier's commonest class has in the target.
    """

    conditions: list[str]
    value: Array
    rows: int
    label: int


def leaves_of(
    tree: Any, asked: Sequence[Question], gaps: Array, labels: Sequence[int] = ()
) -> list[Leaf]:
    """The leaves, those of most rows first.

    Parameters
    ----------
    tree
        ``tree_`` of a fitted decision tree.
    asked
        Its columns.
    gaps
        (columns,) whether a column had missing values when the tree was fitted.
    labels
        Classes of the target in the tree's order.
    """
    found = []
    for node, turns in _ways(tree, 0, ()):
        value = np.asarray(tree.value[node]).ravel()
        found.append(
            Leaf(
                conditions=_conditions(turns, asked, gaps),
                value=value,
                rows=int(tree.n_node_samples[node]),
                label=labels[int(value.argmax())] if labels else 0,
            )
        )
    return sorted(found, key=lambda leaf: -leaf.rows)


def _ways(tree: Any, node: int, turns: tuple[Turn, ...]) -> Iterator[tuple[int, tuple[Turn, ...]]]:
    if tree.children_left[node] < 0:
        yield node, turns
        return
    question, threshold = int(tree.feature[node]), float(tree.threshold[node])
    left = bool(tree.missing_go_to_left[node])
    yield from _ways(
        tree, tree.children_left[node], (*turns, Turn(question, True, threshold, left))
    )
    yield from _ways(
        tree, tree.children_right[node], (*turns, Turn(question, False, threshold, not left))
    )


def _conditions(turns: Sequence[Turn], asked: Sequence[Question], gaps: Array) -> list[str]:
    """One condition a question, in the order in which the tree asks first."""
    order = list(dict.fromkeys(turn.question for turn in turns))
    said = {asked[each].column for each in order if _is_level(asked[each], turns, each)}
    found = []
    for each in order:
        question = asked[each]
        own = [turn for turn in turns if turn.question == each]
        if question.kind == "level":
            if not own[0].below:
                found.append(f"{question.column} is {question.level}")
            elif question.column not in said:  # what it is not goes without saying
                found.append(f"{question.column} is not {question.level}")
        else:
            found.append(_range(question, own, bool(gaps[each])))
    return found


def _is_level(question: Question, turns: Sequence[Turn], each: int) -> bool:
    return question.kind == "level" and any(
        turn.question == each and not turn.below for turn in turns
    )


def _range(question: Question, turns: Sequence[Turn], gaps: bool) -> str:
    least = max((turn.threshold for turn in turns if not turn.below), default=None)
    most = min((turn.threshold for turn in turns if turn.below), default=None)
    words = [question.above(least)] if least is not None else []
    words += [question.below(most)] if most is not None else []
    missing = gaps and all(turn.missing for turn in turns)
    return " and ".join(words) + (" or missing" if missing else "")

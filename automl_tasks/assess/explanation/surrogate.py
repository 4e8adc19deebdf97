"""A few rules that answer much as the model does, and how much.

References
----------
Craven, Shavlik (1995): Extracting tree-structured representations of trained networks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from automl_tasks.assess.explanation.rules import Leaf, leaves_of
from automl_tasks.assess.explanation.subject import Columns, Subject
from automl_tasks.assess.explanation.timebox import Pace, Timebox
from automl_tasks.assess.explanation.tree_columns import asked_columns, questions

__all__ = ["Rule", "Surrogate", "fit_surrogate"]

_LEAVES = 8
_FEWEST_ROWS, _LEAF_SHARE = 10, 0.02  # of the rows, in a rule
_MOST_ROWS = 5_000
_CHECKED = 1 / 3  # of the holdout
_FEWEST_CHECKED = 20

Array = NDArray[Any]


class Rule(BaseModel):
    """One rule.

    Attributes
    ----------
    conditions
        In words, all of which hold; empty where there is one rule for all.
    answer
        The value, the probability of the second of two classes, or the class.
    rows
        Of those that taught the rules, for which it holds.
    """

    conditions: list[str]
    answer: float | str
    rows: int


class Surrogate(BaseModel):
    """A decision tree that imitates the model's answers.

    Attributes
    ----------
    answers
        What the rules tell: ``value``, ``probability of CLASS`` or ``class``.
    fidelity
        On rows that did not teach the rules: R² of the model's answers, or, where the rules give
        classes, the share of rows for which they give the model's.
    measure
        ``r2`` or ``agreement``.
    by_chance
        What one answer for all rows would reach.
    """

    rules: list[Rule]
    answers: str
    fidelity: float
    measure: str
    by_chance: float
    rows: int
    checked_rows: int


def fit_surrogate(subject: Subject, box: Timebox, pace: Pace) -> Surrogate | None:
    """Rules from two thirds of the holdout, and development rows while time allows.

    Returns
    -------
    Surrogate or None
        None where too few rows are left to check it, or the model says the same of all.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    checked = int(subject.rows * _CHECKED)
    if checked < _FEWEST_CHECKED:
        return None
    given, target = _rows(subject, checked, pace.rows(box.left, calls=1))
    if (target == target[0]).all():
        return None
    asked = questions(subject.develop)
    labels = len(subject.classes) > 2
    kind = DecisionTreeClassifier if labels else DecisionTreeRegressor
    table = asked_columns(asked, given)
    tree = kind(
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=max(_FEWEST_ROWS, int(_LEAF_SHARE * (len(target) - checked))),
        random_state=0,
    ).fit(table[checked:], target[checked:])
    said, truth = tree.predict(table[:checked]), target[:checked]
    gaps = np.asarray(np.isnan(table[checked:]).any(axis=0))
    return Surrogate(
        rules=[_rule(leaf, subject) for leaf in leaves_of(tree.tree_, asked, gaps, _labels(tree))],
        answers=_told(subject),
        fidelity=float((said == truth).mean()) if labels else _r2(truth, said),
        measure="agreement" if labels else "r2",
        by_chance=float(np.bincount(truth).max() / checked) if labels else 0.0,
        rows=len(target) - checked,
        checked_rows=checked,
    )


def _rows(subject: Subject, checked: int, affordable: int) -> tuple[Columns, Array]:
    """Columns and what the model says of them; the first rows are those that check the rules."""
    own = min(subject.rows, _MOST_ROWS + checked)
    given, answers = subject.first(own), subject.answers[:own]
    added = min(len(next(iter(subject.develop.values()))), _MOST_ROWS - (own - checked))
    added = min(added, affordable)
    if added > 0:
        more = {name: values[:added] for name, values in subject.develop.items()}
        given = {name: np.append(values, more[name]) for name, values in given.items()}
        answers = np.concatenate([answers, subject.predict(more)])
    return given, _imitated(subject, answers)


def _imitated(subject: Subject, answers: Array) -> Array:
    if len(subject.classes) > 2:
        return subject.candidate.labelling.labels(answers)
    return answers[:, -1]


def _told(subject: Subject) -> str:
    classes = subject.classes
    if not classes:
        return "value"
    return f"probability of {classes[1]}" if len(classes) == 2 else "class"


def _rule(leaf: Leaf, subject: Subject) -> Rule:
    answer: float | str = float(leaf.value[0])
    if len(subject.classes) > 2:
        answer = subject.classes[leaf.label]
    return Rule(conditions=leaf.conditions, answer=answer, rows=leaf.rows)


def _labels(tree: Any) -> list[int]:
    return [int(each) for each in getattr(tree, "classes_", ())]


def _r2(truth: Array, said: Array) -> float:
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1 - float(((truth - said) ** 2).sum()) / spread if spread > 0 else 0.0

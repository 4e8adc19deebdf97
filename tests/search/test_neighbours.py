"""Rows that resemble their neighbours are divided in whole blocks."""

import numpy as np
import pandas as pd
import pytest

from automl_tasks.problem import Problem
from automl_tasks.search.folds import fold_rows
from automl_tasks.search.resolve import resolve


def drifting(rows=2_000, seed=0):
    """A number that walks, and whether it is high: each row is much like the one before it."""
    walk = np.cumsum(np.random.default_rng(seed).normal(size=rows))
    return pd.DataFrame({"a": walk, "g": np.arange(rows) % 40, "y": walk - walk.mean()})


def divided(frame, target="y", **settings):
    """How the rows are divided, and the sentence on it."""
    problem = Problem(name="shop", source="x.csv", target=target, **settings)
    resolved, notes = resolve(problem, frame)
    return resolved, next((note for note in notes if note.startswith("split")), "")


def neighbours_apart(folds, rows):
    """Share of the rows whose next row is validated in another fold."""
    fold_of = np.empty(rows)
    for number, (_, valid) in enumerate(folds):
        fold_of[valid] = number
    return float((fold_of[1:] != fold_of[:-1]).mean())


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_neighbours_stay_together_where_they_are_alike(task):
    frame = drifting()
    frame["y"] = frame["y"] if task == "regression" else np.where(frame["y"] > 0, "high", "low")
    problem, why = divided(frame, task=task)
    assert problem.split == "blocks"
    assert "neighbours would tell" in why and "'time'" in why
    rows = np.arange(len(frame))
    folds = fold_rows(rows, frame["y"].to_numpy(), 5, problem, frame)
    assert sorted(np.concatenate([valid for _, valid in folds])) == rows.tolist()
    assert neighbours_apart(folds, len(frame)) < 0.03
    for train, valid in folds:
        assert len(train) + len(valid) == len(frame) and not set(train) & set(valid)
        assert len(valid) == pytest.approx(400, abs=1)


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        (lambda frame: frame.sample(frac=1, random_state=0), {}),
        (lambda frame: frame, {"split": "random"}),
        (lambda frame: frame, {"group": "g"}),
        (lambda frame: frame.head(500), {}),
    ],
    ids=["shuffled", "asked for", "groups", "few rows"],
)
def test_single_rows_are_dealt_in_any_other_table(change, settings):
    problem, _ = divided(change(drifting()), task="regression", **settings)
    assert problem.split == "random"


def test_a_named_time_goes_before_neighbours():
    assert divided(drifting(), time="g", task="regression")[0].split == "time"


def test_a_table_that_is_sorted_by_class_keeps_all_classes_in_every_training():
    frame = drifting()
    frame["y"] = np.repeat(["a", "b", "c", "d", "e", "f", "g", "h"], 250)
    problem, _ = divided(frame, task="multiclass")
    for train, valid in fold_rows(np.arange(2_000), frame["y"].to_numpy(), 5, problem, frame):
        assert frame["y"].iloc[train].value_counts().tolist() == [200] * 8
        assert frame["y"].iloc[valid].value_counts().tolist() == [50] * 8

"""Train a student, in the child process: a small model of what the ensemble says of each row.

It learns from soft labels: the ensemble's out-of-fold predictions of the training rows, and its
answers for rows mixed from them. A class is a row of its own, weighted by its probability. Of rows
that no fold has predicted, as the oldest in time order, it learns the truth.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.search.compression.mixing import mixed_rows
from automl_tasks.search.ensemble import blend
from automl_tasks.search.fitting import Fit
from automl_tasks.search.member import SavedMember, save_member
from automl_tasks.search.prepared import Prepared
from automl_tasks.search.refit import predict_holdout
from automl_tasks.search.table import Table

__all__ = ["LABELS", "OUT_OF_FOLD", "train_student"]

LABELS, OUT_OF_FOLD = "teacher.npz", "out_of_fold.npz"
_FEWEST_ROWS, _MOST_ROWS = 50, 100_000
_LEAST = 0.01  # probability of a class that is a row of its own


@dataclass(frozen=True)
class _Lesson:
    """Raw rows with what is to be learned of them.

    Attributes
    ----------
    answer
        (n,) values or (n, classes) probabilities.
    weight
        (n,) of the rows; None: all equal.
    """

    frame: pd.DataFrame
    answer: NDArray[Any]
    weight: NDArray[np.float64] | None


def train_student(
    table: Table,
    *,
    family: str,
    params: dict[str, Any],
    iterations: int | None,
    teacher: Sequence[dict[str, Any]],
    labels: Path,
    mixed: int,
    fold: int | None,
    seconds: float,
    folder: Path,
) -> dict[str, Any]:
    """Train, save, and predict with what was saved.

    Parameters
    ----------
    teacher
        Members of the ensemble: ``folder``, ``weight``, ``fold``.
    labels
        File of ``rows`` (n,), positions of training rows, and ``prediction``, what the ensemble
        says of them out of fold, where it does; answers for mixed rows are kept beside it, for the
        next student.
    mixed
        Number of mixed rows.
    fold
        Whose rows are left out, to be predicted into ``out_of_fold.npz``; of the ensemble only
        members that have not seen them answer for mixed rows. None: all rows are learned, and the
        holdout is predicted.
    """
    start = time.monotonic()
    rows, valid = (table.split.develop, None) if fold is None else table.split.folds[fold]
    if len(rows) < _FEWEST_ROWS:
        raise ValueError(f"a student needs {_FEWEST_ROWS} rows to learn from")
    able = [each for each in teacher if fold is None or each["fold"] == fold]
    lesson = _lesson(table, rows, labels)
    if mixed and able:
        kept_answers = labels.with_name(f"answers-{fold}-{mixed}.npy")
        lesson = _with_mixed(table, lesson, able, mixed, kept_answers)
    params = params | ({} if iterations is None else {"iterations": iterations})
    fit = _fit(table, lesson, valid, (family, params), start + seconds)
    save_member(fit, folder)
    if valid is None:
        predict_holdout(table, folder)
    else:
        said = SavedMember(folder, table.plan.threads).predict(table.frame.iloc[valid])
        np.savez(folder / OUT_OF_FOLD, rows=valid, prediction=said)
    rounds = None if fit.fitted is None else fit.fitted.iterations
    return {"iterations": rounds, "rows": len(rows)}


def _answers_of(table: Table, rows: NDArray[Any], labels: Path) -> NDArray[np.float64]:
    """(n,) values or (n, classes) probabilities to learn: the ensemble's, else the truth."""
    truth = table.y[rows]
    answers: NDArray[Any] = np.eye(table.classes)[truth] if table.classes else truth.astype(float)
    with np.load(labels, allow_pickle=False) as arrays:
        _, here, there = np.intersect1d(rows, arrays["rows"], return_indices=True)
        answers[here] = arrays["prediction"][there]
    return answers


def _lesson(table: Table, rows: NDArray[Any], labels: Path) -> _Lesson:
    if len(rows) > _MOST_ROWS:
        random = np.random.default_rng(table.plan.problem.seed)
        rows = np.sort(random.choice(rows, _MOST_ROWS, replace=False))
    answers = _answers_of(table, rows, labels)
    return _Lesson(table.frame.iloc[rows], answers, table.labels.weight_of(rows))


def _with_mixed(
    table: Table, lesson: _Lesson, teacher: Sequence[dict[str, Any]], count: int, kept: Path
) -> _Lesson:
    """The lesson and the ensemble's answers for rows that are mixed from it."""
    mixed, own = mixed_rows(lesson.frame, lesson.answer, count, table.plan.problem.seed)
    if not kept.exists():
        np.save(kept, _answers(table, teacher, mixed))
    weight = lesson.weight
    return _Lesson(
        pd.concat([lesson.frame, mixed], ignore_index=True),
        np.concatenate([lesson.answer, np.load(kept, allow_pickle=False)]),
        None if weight is None else np.concatenate([weight, weight[own]]),
    )


def _answers(
    table: Table, teacher: Sequence[dict[str, Any]], rows: pd.DataFrame
) -> NDArray[np.float64]:
    saved = [SavedMember(Path(each["folder"]), table.plan.threads) for each in teacher]
    weights = [float(each["weight"]) for each in teacher]
    return blend([each.predict(rows) for each in saved], weights)


def _fit(
    table: Table,
    lesson: _Lesson,
    valid: NDArray[Any] | None,
    kind: tuple[str, dict[str, Any]],
    end: float,
) -> Fit:
    """Fit a family with its parameters; rows to stop early on have their true labels."""
    from automl_tasks.features import FeaturePipeline
    from automl_tasks.models import FAMILIES

    learner, params, plan = FAMILIES[kind[0]], kind[1], table.plan
    pipeline = FeaturePipeline(learner.recipe_of(params), plan.roles, plan.problem.steps)
    hard = lesson.answer.argmax(axis=1) if table.classes else lesson.answer
    known = table.blind.texts(pipeline.recipe) if table.blind else None
    X = pipeline.fit_transform(lesson.frame, hard, known)
    at, y, weight = _hardened(lesson)
    stopping = None
    if valid is not None and learner.stops_early:
        stopping = (pipeline.transform(table.frame.iloc[valid]), table.y[valid])
    fitted = learner.fit(
        X.iloc[at],
        y,
        task=plan.task,
        params=params,
        classes=table.classes,
        valid=stopping,
        threads=plan.threads,
        seed=plan.problem.seed,
        seconds=max(0.05, end - time.monotonic()),
        weight=weight,
        valid_weight=None if valid is None else table.labels.weight_of(valid),
    )
    return Fit(Prepared(pipeline, X, None), fitted, np.arange(table.classes), table.classes)


def _hardened(lesson: _Lesson) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64] | None]:
    """Position, label and weight of each row to train on."""
    answer = lesson.answer
    if answer.ndim == 1:
        return np.arange(len(answer)), answer, lesson.weight
    likely = answer >= _LEAST
    # A class that is nowhere likely is still one of the model's.
    likely[answer.argmax(axis=0), np.arange(answer.shape[1])] = True
    at, codes = np.nonzero(likely)
    weight = np.maximum(answer[at, codes], 1e-6)
    return at, codes, weight if lesson.weight is None else weight * lesson.weight[at]

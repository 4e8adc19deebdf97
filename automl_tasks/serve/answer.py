"""What a caller may ask beside the prediction, and the columns that answer it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl_tasks.serve.errors import BadInput
from automl_tasks.serve.intervals import bounds, class_sets
from automl_tasks.serve.labels import decide, decision_of_rows, decode_labels, prediction_frame

if TYPE_CHECKING:
    from automl_tasks.serve.model import Model

__all__ = ["OUTPUTS", "Question", "answer", "question_of"]

Array = np.ndarray[Any, Any]

OUTPUTS = ("label", "probability", "all")


@dataclass(frozen=True)
class Question:
    """The parameters of one call; None: not asked for.

    Attributes
    ----------
    output
        ``label``: the column ``prediction`` alone; ``probability``: the probabilities alone;
        ``all``: both, which is the default.
    interval
        Coverage of the columns ``lower`` and ``upper``, or for classes of the column ``set``.
    explain
        How many reasons the column ``reasons`` gives for each row.
    threshold
        Of two classes: probability of the second above which it is predicted, in place of the
        stored decision.
    """

    output: str = "all"
    interval: float | None = None
    explain: int | None = None
    threshold: float | None = None


def question_of(given: Mapping[str, Any], classes: list[str] | None) -> Question:
    """Parameters as they come, checked.

    Parameters
    ----------
    given
        By name; None counts as not given.
    classes
        Of the model; None for regression.

    Raises
    ------
    BadInput
        Naming the parameter, and what is allowed.
    """
    asked = {name: value for name, value in given.items() if value is not None}
    known = [field.name for field in fields(Question)]
    for name in asked:
        if name not in known:
            raise BadInput(f"there is no parameter {name!r}; there are {', '.join(known)}")
    if not asked:
        return _PLAIN
    outputs = OUTPUTS if classes else ("label", "all")
    _allow("output", asked, lambda value: value in outputs, f"one of {', '.join(outputs)}")
    _allow("interval", asked, _is_coverage, "a number between 0 and 1, such as 0.9")
    _allow("explain", asked, _is_count, "a whole number from 1 on")
    if "threshold" in asked and len(classes or ()) != 2:
        raise BadInput("parameter 'threshold' needs a model of two classes")
    _allow("threshold", asked, _is_share, "a number from 0 to 1")
    return Question(**asked)


_PLAIN = Question()


def _allow(name: str, asked: dict[str, Any], allowed: Any, words: str) -> None:
    if name in asked and not allowed(asked[name]):
        raise BadInput(f"parameter {name!r} must be {words} (got {asked[name]!r})")


def _is_share(value: Any) -> bool:
    return _is_number(value, int, float, np.integer, np.floating) and 0 <= value <= 1


def _is_coverage(value: Any) -> bool:
    return _is_share(value) and 0 < value < 1


def _is_count(value: Any) -> bool:
    return _is_number(value, int, np.integer) and value >= 1


def _is_number(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def answer(
    model: Model,
    select: Callable[[], pd.DataFrame],
    raw: Array,
    index: pd.Index,
    question: Question,
) -> pd.DataFrame:
    """The columns that were asked for.

    Parameters
    ----------
    select
        Gives the rows from `select_columns`, where they are needed.
    raw
        What `Model.predict_raw` says of them.
    index
        Of the answer.

    Raises
    ------
    BadInput
        When the package was written before it could tell.
    """
    info = model.info
    classes, decision = info["classes"], info.get("decision")
    if info.get("group_decision") is not None:
        decision = decision_of_rows(info["group_decision"], select())
    if question.threshold is not None:
        share = float(question.threshold)
        decision = {"weights": [share, 1 - share], "costs": None}
    found = prediction_frame(raw, index, classes=classes, dtype=info["dtype"], decision=decision)
    if question.output == "label":
        found = found[["prediction"]]
    elif question.output == "probability":
        found = found.drop(columns="prediction")
    if question.interval is not None:
        found = found.assign(**_interval(info, raw, float(question.interval)))
    if question.explain is not None:
        codes = decide(raw, decision) if classes else None
        found = found.assign(reasons=_reasons(model, select(), codes, int(question.explain)))
    return found


def _interval(info: dict[str, Any], raw: Array, coverage: float) -> dict[str, Any]:
    state = info.get("conformal")
    if state is None:
        raise BadInput(
            "parameter 'interval' needs the errors of training, which this package was written "
            "without: of too few rows, or by an older version"
        )
    if not info["classes"]:
        lower, upper = bounds(raw, state, coverage)
        return {"lower": lower, "upper": upper}
    inside = class_sets(raw, state, coverage)
    # Few different sets occur, however many rows there are.
    kinds, of_row = np.unique(inside, axis=0, return_inverse=True)
    codes = [np.flatnonzero(kind) for kind in kinds]
    named = [decode_labels(each, info["classes"], info["dtype"]).tolist() for each in codes]
    words = np.array([json.dumps(labels, ensure_ascii=False) for labels in named], dtype=object)
    return {"set": words[of_row.reshape(-1)]}


def _reasons(model: Model, frame: pd.DataFrame, codes: Array | None, most: int) -> list[str]:
    from automl_tasks.serve.attribution import attribute, reasons

    return reasons(attribute(model, frame), codes, most) if len(frame) else []

"""From probabilities to class labels, as text and as the target's own type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from automl_tasks.serve.groups import group_names

__all__ = ["decide", "decision_of_rows", "decode_labels", "prediction_frame"]


def prediction_frame(
    raw: np.ndarray,
    index: pd.Index,
    *,
    classes: list[str] | None,
    dtype: str,
    decision: dict[str, Any] | None,
) -> pd.DataFrame:
    """What a consumer gets: ``prediction``, and ``probability_<class>`` where there are classes.

    Parameters
    ----------
    raw
        (n,) values or (n, classes) probabilities.
    classes
        Labels as text; none for regression.
    dtype, decision
        As of `decode_labels` and `decide`.
    """
    if not classes:
        return pd.DataFrame({"prediction": raw}, index=index)
    columns = {"prediction": decode_labels(decide(raw, decision), classes, dtype)}
    columns |= {f"probability_{name}": raw[:, code] for code, name in enumerate(classes)}
    return pd.DataFrame(columns, index=index)


def decide(probabilities: np.ndarray, decision: dict[str, Any] | None) -> np.ndarray:
    """Class numbers of probabilities.

    Parameters
    ----------
    probabilities : (n, classes) array of float
    decision
        ``weights`` (classes,) multiply the probabilities, and ``costs`` (true class, predicted
        class) make the cheapest class win in place of the most probable one; each may be None.
        None, as in packages without a decision: the most probable class.

    Returns
    -------
    (n,) array of int
        Of equal classes the first.
    """
    decision = decision or {}
    if decision.get("weights") is not None:
        probabilities = probabilities * np.asarray(decision["weights"], dtype=np.float64)
    if decision.get("costs") is not None:
        costs = np.asarray(decision["costs"], dtype=np.float64)
        return np.asarray((probabilities @ costs).argmin(axis=1), dtype=np.int64)
    if probabilities.shape[1] == 2:  # several times as fast as argmax, which rows of two slow down
        return np.asarray(probabilities[:, 1] > probabilities[:, 0], dtype=np.int64)
    return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)


def decision_of_rows(by_group: dict[str, Any], rows: pd.DataFrame) -> dict[str, Any]:
    """The decision of each row, by its group, for `decide`.

    Parameters
    ----------
    by_group
        ``groups``, as `find_groups` gave them, ``weights`` (2,) by group, and the ``common`` ones
        of all other rows.
    rows : (n, columns) frame
        With the column of the groups; without it, all rows have the common weights.
    """
    column = by_group["groups"]["column"]
    if column not in rows:
        return {"weights": by_group["common"], "costs": None}
    names = group_names(by_group["groups"], rows[column])
    weights = [by_group["weights"].get(name, by_group["common"]) for name in names]
    return {"weights": np.array(weights).reshape(-1, 2), "costs": None}


def decode_labels(codes: np.ndarray, classes: list[str], dtype: str) -> np.ndarray:
    """Labels of class numbers, in the type that the target had.

    Parameters
    ----------
    codes : (n,) array of int
        Positions in `classes`.
    classes
        Labels as text, from ``TargetCodec``.
    dtype
        ``str``, ``bool``, ``int64`` or ``float64``.
    """
    if dtype == "str":
        labels = np.array(classes, dtype=object)
    elif dtype == "bool":
        labels = np.array([label == "True" for label in classes])
    else:
        labels = np.array([float(label) for label in classes]).astype(dtype)
    return np.asarray(labels[np.asarray(codes, dtype=np.int64)])

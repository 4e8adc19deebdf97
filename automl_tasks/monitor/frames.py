"""The raw feature columns that drift and its report compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.ingest import load_snapshot

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.search import Plan
    from automl_tasks.store import Store

__all__ = ["feature_columns", "reference_features", "sampled"]

# An id never repeats and a date always grows: they differ from the training rows by nature.
_NO_FEATURES = ("id", "constant", "datetime")


def reference_features(store: Store, plan: Plan, rows: int) -> pd.DataFrame:
    """At most `rows` of the champion's training rows, feature columns only."""
    frame = load_snapshot(store, plan.problem.name, plan.snapshot).read()
    return sampled(feature_columns(frame, plan), rows, plan.problem.seed)


def feature_columns(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Columns that the champion may use; of free text its length."""
    columns = {
        column: _lengths(frame[column]) if role == "text" else frame[column]
        for column, role in plan.roles.items()
        if role not in _NO_FEATURES and column in frame.columns
    }
    return frame[[]].assign(**columns)


def _lengths(texts: pd.Series) -> pd.Series:
    return texts.astype(str).str.len().where(texts.notna())


def sampled(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """A random sample that is the same each time, in the order of the frame."""
    if len(frame) <= rows:
        return frame
    return frame.sample(rows, random_state=seed).sort_index()

"""Keeps the labels of predicted rows, which a source may show for a day only, or change later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from automl_tasks.monitor.parquet import as_parquet
from automl_tasks.serve.steps.values import texts

if TYPE_CHECKING:
    from automl_tasks.store import Store

__all__ = ["all_deliveries"]


def all_deliveries(
    store: Store, name: str, snapshot: str, labels: pd.DataFrame, predicted: pd.Series
) -> pd.DataFrame:
    """The labels of a snapshot, together with those that earlier ones brought for predicted rows.

    What is new in this snapshot is kept as ``labels/NUMBER-SNAPSHOT.parquet``. The same snapshot
    again brings nothing new and writes nothing.

    Parameters
    ----------
    labels
        `label_table` of the snapshot.
    predicted
        ``row_id`` of the predictions; other rows are not kept.

    Returns
    -------
    DataFrame
        `labels` and what earlier deliveries told otherwise, whose ``position`` is null, with the
        column ``delivery``: the higher, the later.
    """
    folder = f"{name}/labels"
    with store.lock(folder):
        files = store.list(folder)
        parts = [pd.read_parquet(store.path(f"{folder}/{each}")) for each in files]
        earlier = [part.assign(delivery=number) for number, part in enumerate(parts)]
        news = _news(labels, predicted, earlier)
        if not news.empty:
            key = f"{folder}/{len(files):06d}-{snapshot}.parquet"
            store.write_bytes(key, as_parquet(news.drop(columns="position")))
    current = labels.assign(delivery=len(files), position=labels["position"].astype(float))
    return _together([*_otherwise(earlier, labels), current])


def _news(labels: pd.DataFrame, predicted: pd.Series, earlier: list[pd.DataFrame]) -> pd.DataFrame:
    """Labels of predicted rows that are not known yet, or known otherwise."""
    here = labels[labels["label"].notna() & labels["row_id"].isin(predicted)]
    # A row with two labels has none that could be relied on tomorrow.
    twice = here[here["row_id"].duplicated(keep=False)]
    kinds = pd.Series(texts(twice["label"]), index=twice.index).groupby(twice["row_id"]).nunique()
    here = here[~here["row_id"].isin(kinds.index[kinds > 1])].drop_duplicates("row_id", keep="last")
    if not earlier:
        return here
    last = _together(earlier).drop_duplicates("row_id", keep="last").set_index("row_id")["label"]
    return here[~_equal(here["label"], here["row_id"].map(last))]


def _otherwise(earlier: list[pd.DataFrame], labels: pd.DataFrame) -> list[pd.DataFrame]:
    """Earlier deliveries without what the newest one tells again."""
    known = labels[labels["label"].notna()].drop_duplicates("row_id", keep="last")
    now = known.set_index("row_id")["label"]
    return [part[~_equal(part["label"], part["row_id"].map(now))] for part in earlier]


def _equal(labels: pd.Series, known: pd.Series) -> pd.Series:
    """Row by row; a null equals nothing."""
    numbers = pd.api.types.is_numeric_dtype
    if numbers(labels) and numbers(known):
        return labels.eq(known)
    return known.notna() & pd.Series(texts(labels) == texts(known), index=labels.index)


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All parts, whose labels may be numbers here and, where none is known yet, objects there."""
    if len({part["label"].dtype for part in parts}) > 1:
        parts = [part.astype({"label": object}) for part in parts]
    return pd.concat(parts, ignore_index=True).infer_objects()

"""Keeps the labels of predicted rows, which a source may show for a day only, or change later."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pandas as pd

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
        `labels` and rows of earlier deliveries, whose ``position`` is null, with the column
        ``delivery``: the higher, the later.
    """
    folder = f"{name}/labels"
    with store.lock(folder):
        files = store.list(folder)
        parts = [pd.read_parquet(store.path(f"{folder}/{each}")) for each in files]
        earlier = [part.assign(delivery=number) for number, part in enumerate(parts)]
        news = _news(labels, predicted, earlier)
        if not news.empty:
            content = io.BytesIO()
            news.drop(columns="position").to_parquet(content, index=False)
            store.write_bytes(f"{folder}/{len(files):06d}-{snapshot}.parquet", content.getvalue())
    current = labels.assign(delivery=len(files), position=labels["position"].astype(float))
    return _together([*earlier, current])


def _news(labels: pd.DataFrame, predicted: pd.Series, earlier: list[pd.DataFrame]) -> pd.DataFrame:
    """Labels of predicted rows that are not known yet, or known otherwise."""
    here = labels[labels["label"].notna() & labels["row_id"].isin(predicted)]
    here = here.assign(_text=texts(here["label"]))
    # A row with two labels has none that could be relied on tomorrow.
    one = here.groupby("row_id", sort=False)["_text"].transform("nunique") == 1
    here = here[one].drop_duplicates("row_id", keep="last")
    if earlier:
        last = _together(earlier).drop_duplicates("row_id", keep="last").set_index("row_id")
        known = here["row_id"].map(pd.Series(texts(last["label"]), index=last.index))
        here = here[known != here["_text"]]
    return here.drop(columns="_text")


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All parts, whose labels may be numbers here and, where none is known yet, objects there."""
    if len({part["label"].dtype for part in parts}) > 1:
        parts = [part.astype({"label": object}) for part in parts]
    return pd.concat(parts, ignore_index=True).infer_objects()

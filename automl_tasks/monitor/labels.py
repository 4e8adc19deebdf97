"""Joins logged predictions with the labels that arrive later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Coverage", "Labelled", "join_labels"]


class Coverage(BaseModel):
    """How many of the logged predictions can be judged, and what became of the others.

    Attributes
    ----------
    predicted
        Rows that the champion predicted.
    labelled
        Rows among them whose label has matured: the ones that are judged.
    waiting
        Rows whose label delay has not passed yet.
    missing
        Rows whose delay has passed and that still have no label, or are in the data no more.
    contradictory
        Rows that carry two different labels; they are left out.
    """

    model_config = ConfigDict(frozen=True)

    predicted: int
    labelled: int
    waiting: int
    missing: int
    contradictory: int

    @property
    def share(self) -> float:
        """Labelled share of the predicted rows, 0 to 1."""
        return self.labelled / self.predicted if self.predicted else 0.0


@dataclass(frozen=True)
class Labelled:
    """Predictions with their matured labels.

    Attributes
    ----------
    frame
        The prediction log with the columns ``label``, ``time`` and ``position`` of the labels.
    coverage
        What was joined and what was not.
    """

    frame: pd.DataFrame
    coverage: Coverage


def join_labels(
    predictions: pd.DataFrame, labels: pd.DataFrame, *, known_before: pd.Timestamp | None = None
) -> Labelled:
    """Join by ``row_id``; the same labels delivered twice change nothing.

    Parameters
    ----------
    predictions
        The log of `score_new_rows`: one row per ``row_id``.
    labels
        Columns ``row_id``, ``label`` (null where unknown), ``time`` (or null) and ``position``;
        a row that was delivered more than once occurs more than once.
    known_before
        Labels of rows later than this have not matured; None when labels need no time.
    """
    known = labels[labels["label"].notna()]
    distinct = known.groupby("row_id", sort=False)["label"].nunique()
    contradictory = set(distinct.index[distinct > 1])
    # The newest delivery counts, and one that carries a label before one that does not.
    single = labels.loc[
        labels.assign(known=labels["label"].notna())
        .sort_values(["known", "position"])
        .drop_duplicates("row_id", keep="last")
        .index
    ]
    log = predictions.drop(columns=["time", "position"], errors="ignore")
    joined = log.merge(single, on="row_id", how="left", validate="one_to_one")
    waiting = _waiting(joined, known_before)
    torn = ~waiting & joined["row_id"].isin(contradictory)
    missing = ~waiting & ~torn & joined["label"].isna()
    judged = joined[~(waiting | torn | missing)].reset_index(drop=True)
    coverage = Coverage(
        predicted=len(joined),
        labelled=len(judged),
        waiting=int(waiting.sum()),
        missing=int(missing.sum()),
        contradictory=int(torn.sum()),
    )
    return Labelled(judged, coverage)


def _waiting(joined: pd.DataFrame, known_before: pd.Timestamp | None) -> pd.Series:
    present = joined["position"].notna()
    if known_before is None:
        return present & False
    # Without a time nobody can tell that the label has matured.
    return present & ~(joined["time"] <= known_before)

"""Joins logged predictions with the labels that arrive later."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from pydantic import BaseModel, ConfigDict

from automl_tasks.serve.steps.values import texts

__all__ = ["LabelCoverage", "Labelled", "join_labels"]


class LabelCoverage(BaseModel):
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
        Rows that carry two different labels in one delivery; they are left out.
    revised
        Labelled rows whose label an earlier delivery told differently; the newest one counts.
    """

    model_config = ConfigDict(frozen=True)

    predicted: int
    labelled: int
    waiting: int
    missing: int
    contradictory: int
    revised: int = 0

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
    coverage: LabelCoverage


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
        a row that was delivered more than once occurs more than once. With the column
        ``delivery`` (see `all_deliveries`) the newest delivery that carries a label counts.
    known_before
        Labels of rows later than this have not matured; None when labels need no time.
    """
    offered = labels if "delivery" in labels else labels.assign(delivery=0)
    offered = offered.assign(known=offered["label"].notna()).reset_index(drop=True)
    # Sorting and comparing is for the few rows that were delivered more than once.
    several = offered[offered["row_id"].duplicated(keep=False)]
    contradictory, revised = _disagreements(several[several["known"]])
    # One that carries a label before one that does not.
    in_turn = several.sort_values(["known", "delivery", "position"], na_position="first")
    beaten = in_turn.index[in_turn["row_id"].duplicated(keep="last")]
    single = offered.drop(index=beaten, columns=["known", "delivery"])
    log = predictions.drop(columns=["time", "position"], errors="ignore").reset_index(drop=True)
    # By position: a merge would sort millions of texts.
    at = pd.Index(single["row_id"]).get_indexer(pd.Index(log["row_id"]))
    found = single.drop(columns="row_id").reset_index(drop=True).reindex(at)
    joined = pd.concat([log, found.reset_index(drop=True)], axis=1)
    waiting = _waiting(joined, pd.Series(at >= 0), known_before)
    torn = ~waiting & joined["row_id"].isin(contradictory)
    missing = ~waiting & ~torn & joined["label"].isna()
    judged = joined[~(waiting | torn | missing)].reset_index(drop=True)
    coverage = LabelCoverage(
        predicted=len(joined),
        labelled=len(judged),
        waiting=int(waiting.sum()),
        missing=int(missing.sum()),
        contradictory=int(torn.sum()),
        revised=int(judged["row_id"].isin(revised).sum()),
    )
    return Labelled(judged, coverage)


def _disagreements(known: pd.DataFrame) -> tuple[set[str], set[str]]:
    """Ids of rows with two labels in their newest delivery, and with other ones in earlier ones."""
    # The same number is the same label as integer and as text.
    told = known.assign(label=texts(known["label"]))
    newest = told["delivery"] == told.groupby("row_id")["delivery"].transform("max")
    at_last = told[newest].groupby("row_id")["label"].nunique()
    at_all = told.groupby("row_id")["label"].nunique()
    torn = set(at_last.index[at_last > 1])
    return torn, set(at_all.index[at_all > 1]) - torn


def _waiting(
    joined: pd.DataFrame, present: pd.Series, known_before: pd.Timestamp | None
) -> pd.Series:
    if known_before is None:
        return present & False
    # Without a time nobody can tell that the label has matured.
    return present & ~(joined["time"] <= known_before)

"""In which slices of the rows a champion got worse: single levels and quantile bins of a column.

A slice stands out when its loss is above its own in the holdout *and* above that of the other rows
of the window. What became worse everywhere is the window's matter, and what always was hard is no
news. Aggregates only: no level of a few rows is named, and the ends of bins are rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from automl_tasks.assess.slices.cutting import cut_slices
from automl_tasks.assess.slices.multiplicity import benjamini_hochberg
from automl_tasks.assess.slices.row_losses import loss_name, row_losses
from automl_tasks.ingest import load_snapshot
from automl_tasks.monitor.block_means import BlockLosses, SliceMean
from automl_tasks.monitor.samples import (
    holdout_sample,
    judged_rows,
    measure_of_samples,
    window_sample,
)
from automl_tasks.monitor.stored_rows import StoredRows

if TYPE_CHECKING:
    from automl_tasks.monitor.performance import Sample
    from automl_tasks.search import Candidate, Plan
    from automl_tasks.search.measure import Measure
    from automl_tasks.store import Store

__all__ = ["Segment", "SegmentSummary", "measure_segments", "worst_segments"]

_SLICED = ("numeric", "categorical")  # a level of many may be a name or a number of a person
_COLUMNS, _PER_COLUMN = 50, 2
_FEWEST_BLOCKS, _FEWEST_NAMED = 5, 10


class Segment(BaseModel):
    """One slice whose loss rose.

    Attributes
    ----------
    level
        Value, or range of values, of `column`.
    rows, reference_rows
        Rows of the slice in the window, and in the holdout (0 when too few to be compared).
    loss, reference_loss, rest_loss
        Mean loss of a row in the slice, in the same slice of the holdout (None when it has too few
        rows there) and in the other rows of the window.
    excess
        `loss` less the larger of the other two.
    excess_interval
        Two-sided confidence interval of `excess`.
    share
        Share of the window's loss that is `excess` in these rows, 0 to 1.
    p_value, adjusted
        One-sided, that `excess` is above 0; and after Benjamini-Hochberg over all tested slices.
    """

    model_config = ConfigDict(frozen=True)

    column: str
    level: str
    rows: int
    reference_rows: int
    loss: float
    reference_loss: float | None
    rest_loss: float
    excess: float
    excess_interval: tuple[float, float]
    share: float
    p_value: float
    adjusted: float


class SegmentSummary(BaseModel):
    """The slices that stand out, the one that costs most first.

    Attributes
    ----------
    loss
        What a row's loss is: ``squared error``, ``log loss`` …
    tested
        Slices that had enough rows to be compared.
    """

    model_config = ConfigDict(frozen=True)

    loss: str
    rows: int
    reference_rows: int
    tested: int
    worst: list[Segment]


def measure_segments(
    labelled: pd.DataFrame,
    rows: StoredRows,
    store: Store,
    plan: Plan,
    *,
    candidate: Candidate,
    columns: Sequence[str] | None = None,
) -> SegmentSummary:
    """Compare the slices of a window with those of the champion's holdout.

    Parameters
    ----------
    labelled
        Labelled predictions of the window; ``position`` is their place in `rows`. Those without
        one, which the source shows no more, are left out.
    rows
        Of the snapshot that brought the labels.
    candidate
        The champion's.
    columns
        Feature columns, the most important first; default: all in the order of the plan.
    """
    from automl_tasks.search import load_labels

    labelled = labelled[labelled["position"].notna()]
    trained = StoredRows(load_snapshot(store, plan.problem.name, plan.snapshot))
    names = [each for each in columns or plan.roles if plan.roles.get(each) in _SLICED]
    names = [each for each in names if each in rows.names and each in trained.names][:_COLUMNS]
    positions = judged_rows(labelled, plan)["position"].to_numpy(np.int64)
    return worst_segments(
        window_sample(labelled, plan, candidate)[0],
        rows.take(positions, names),
        holdout_sample(store, plan, candidate),
        trained.take(load_labels(store, plan).holdout, names),
        measure_of_samples(plan, candidate),
        confidence=plan.problem.monitor.confidence,
    )


def worst_segments(
    window: Sample,
    features: pd.DataFrame,
    reference: Sample,
    reference_features: pd.DataFrame,
    measure: Measure,
    *,
    fewest_rows: int = 30,
    least_increase: float = 0.1,
    confidence: float = 0.95,
    most: int = 5,
) -> SegmentSummary:
    """Find the slices that stand out in a window.

    Parameters
    ----------
    window, reference
        Rows with labels, and those of the champion's holdout.
    features, reference_features
        Their raw feature columns, row by row; of more than 50 columns the first 50 count, so give
        the important ones first.
    measure
        Tells which loss a row has: see `row_losses`.
    fewest_rows
        Smaller slices are not tested, and not named; at least 10.
    least_increase
        Of `loss` over the larger of what it is compared with; smaller ones are not reported.
    confidence
        Of the intervals; 1 - the accepted share of false discoveries.
    """
    fewest_rows = max(fewest_rows, _FEWEST_NAMED)
    here, there = (
        BlockLosses.of(sample, row_losses(sample.truth, sample.prediction, measure))
        for sample in (window, reference)
    )
    found: list[Segment] = []
    for column in [each for each in features if each in reference_features][:_COLUMNS]:
        names, codes, past_codes = cut_slices(
            features[column], reference_features[column], fewest_rows
        )
        slices = zip(
            names,
            here.slices(codes, len(names)),
            there.slices(past_codes, len(names)),
            strict=True,
        )
        found += [
            _segment(str(column), name, now, past if past.rows >= fewest_rows else None, confidence)
            for name, now, past in slices
            if _comparable(now, past, fewest_rows)
        ]
    adjusted = benjamini_hochberg(np.array([each.p_value for each in found], dtype=np.float64))
    judged = [
        each.model_copy(update={"adjusted": float(p)})
        for each, p in zip(found, adjusted, strict=True)
        if p < 1 - confidence and each.excess > least_increase * (each.loss - each.excess)
    ]
    return SegmentSummary(
        loss=loss_name(measure),
        rows=len(window),
        reference_rows=len(reference),
        tested=len(found),
        worst=_few_a_column(sorted(judged, key=lambda each: -each.share))[:most],
    )


def _few_a_column(segments: list[Segment]) -> list[Segment]:
    # Neighbouring bins of one column often tell the same story.
    kept: list[Segment] = []
    for each in segments:
        if sum(other.column == each.column for other in kept) < _PER_COLUMN:
            kept.append(each)
    return kept


def _comparable(now: SliceMean, past: SliceMean, fewest_rows: int) -> bool:
    """Whether both sides have enough rows, or the holdout too few to be asked."""
    enough = min(now.rows, now.other_rows) >= fewest_rows and now.blocks >= _FEWEST_BLOCKS
    return enough and (past.rows < fewest_rows or past.blocks >= _FEWEST_BLOCKS)


def _segment(
    column: str, level: str, now: SliceMean, past: SliceMean | None, confidence: float
) -> Segment:
    """A slice of a window with its past, without its adjusted p-value."""
    tests = [now.above_others()] + ([now.above(past)] if past else [])
    least = min(tests, key=lambda test: test.difference)
    return Segment(
        column=column,
        level=level,
        rows=now.rows,
        reference_rows=past.rows if past else 0,
        loss=now.mean,
        reference_loss=past.mean if past else None,
        rest_loss=now.others,
        excess=least.difference,
        excess_interval=least.interval(confidence),
        share=least.difference * now.per_mean,
        # Both must hold, so the less certain one tells how certain they are together.
        p_value=max(test.p_value for test in tests),
        adjusted=1.0,
    )

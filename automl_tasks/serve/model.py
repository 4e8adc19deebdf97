"""The model of a package: raw rows in, predictions out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from automl_tasks.serve.answer import answer, question_of
from automl_tasks.serve.calibration import calibrate
from automl_tasks.serve.columns import Column, select_columns
from automl_tasks.serve.errors import BadInput
from automl_tasks.serve.few import read_few
from automl_tasks.serve.parallel import in_parts, usable_cores

if TYPE_CHECKING:
    from automl_tasks.serve.predictors import Features
    from automl_tasks.serve.steps import SharedSteps
    from automl_tasks.serve.steps.table import AsRead

__all__ = ["Member", "Model", "weighted_sum"]

Array = np.ndarray[Any, Any]
Steps = list[dict[str, Any]]


class _Predictor(Protocol):
    def predict(self, X: Features) -> Array: ...


@dataclass(frozen=True)
class Member:
    """One model of the ensemble.

    Attributes
    ----------
    steps
        Key of the fitted preprocessing in `Model.steps`; members may share one.
    """

    id: str
    weight: float
    steps: str
    predictor: _Predictor


@dataclass(frozen=True)
class Model:
    """A weighted ensemble with the preprocessing that each member needs.

    Attributes
    ----------
    info
        ``model.json``: problem, run, snapshot, task, metric, classes, calibration, how labels are
        decided, columns, tables for intervals, holdout metrics.
    columns
        Raw input columns, in training order.
    steps
        Fitted preprocessing by key, as ``FeaturePipeline.state()`` gave it.
    background
        Rows that `attribute` compares with; None in packages from before there were any.
    threads
        That predict many rows at once, few rows take one; None: as many as there are cores.
    """

    info: dict[str, Any]
    columns: Sequence[Column]
    steps: dict[str, Steps]
    members: Sequence[Member]
    background: pd.DataFrame | None = None
    threads: int | None = None

    def predict(
        self,
        rows: pd.DataFrame,
        *,
        output: str | None = None,
        interval: float | None = None,
        explain: int | None = None,
        threshold: float | None = None,
    ) -> pd.DataFrame:
        """Predict raw rows.

        Parameters
        ----------
        rows : DataFrame of shape (n, any)
            Rows as they come: numbers as int or text, dates as text, any column order, further
            columns, unseen categories, missing values.
        output
            ``label`` (the column ``prediction`` alone), ``probability`` (the others alone) or
            ``all``; default: all.
        interval
            Share of the rows, such as 0.9, whose truth shall lie between the added columns
            ``lower`` and ``upper``; for classes: be in the added column ``set``, a JSON list.
        explain
            So many reasons for each row are given in the added column ``reasons``: JSON text
            ``[[column, contribution], …]``, the largest first.
        threshold
            Of two classes: probability of the second above which it is predicted.

        Returns
        -------
        DataFrame of n rows
            ``prediction`` (a value, or a label of the target's own type) and for classification
            ``probability_<class>``; then what was asked for. The index is that of `rows`.

        Raises
        ------
        BadInput
            Naming the required columns that are absent, a column whose values cannot be read, or
            the parameter that is not as it must be.
        """
        given = {
            "output": output,
            "interval": interval,
            "explain": explain,
            "threshold": threshold,
        }
        question = question_of(given, self.info["classes"])
        if not isinstance(rows, pd.DataFrame):
            raise BadInput(f"rows must be a pandas DataFrame (got a {type(rows).__name__})")
        missing = self.info["missing"]
        few = read_few(rows, self.columns, missing) if self._reads_cells else None
        if few is not None:
            raw = self._finished(self._weighted_sum(few))
            select = partial(select_columns, rows, self.columns, missing)
            return answer(self, select, raw, rows.index, question)
        frame = select_columns(rows, self.columns, missing)
        raw = self.predict_raw(frame) if len(frame) else self._nothing()
        return answer(self, lambda: frame, raw, rows.index, question)

    def predict_raw(self, frame: pd.DataFrame) -> Array:
        """Values (n,) or calibrated probabilities (n, classes) of rows from `select_columns`."""
        threads = usable_cores() if self.threads is None else self.threads
        return self._finished(in_parts(self._weighted_sum, frame, threads))

    def _weighted_sum(self, rows: pd.DataFrame | AsRead) -> Array:
        return weighted_sum(self._shared, self._groups, rows)

    def _finished(self, total: Array) -> Array:
        # Not 0 in a quantile's model, see search/offsets.py; older packages have none.
        offset = float(self.info.get("offset", 0.0))
        return calibrate(total + offset, self.info.get("calibration"))

    @cached_property
    def _reads_cells(self) -> bool:
        """Whether all preprocessing begins with the columns as `read_few` gives them."""
        kinds = {column.name: column.kind for column in self.columns}
        first = [steps[0] if steps else {} for steps in self.steps.values()]
        return all(
            step.get("kind") == "read" and step["columns"].items() <= kinds.items()
            for step in first
        )

    @cached_property
    def _groups(self) -> list[list[tuple[_Predictor, float]]]:
        """Of each preprocessing its predictors with their weights."""
        return [
            [(each.predictor, each.weight) for each in self.members if each.steps == key]
            for key in self.steps
        ]

    @cached_property
    def _shared(self) -> SharedSteps:
        from automl_tasks.serve.steps import SharedSteps

        return SharedSteps(list(self.steps.values()))

    def _nothing(self) -> Array:
        classes = self.info["classes"]
        return np.empty((0, len(classes)) if classes else 0, dtype=np.float64)


def weighted_sum(
    pipelines: SharedSteps,
    groups: Sequence[Sequence[tuple[_Predictor, float]]],
    rows: pd.DataFrame | AsRead,
) -> Array:
    """(n,) values or (n, classes) probabilities of raw rows, weighted and added up.

    Parameters
    ----------
    groups
        For each of the pipelines its predictors with their weights.
    """
    from automl_tasks.serve.predictors import Features

    total: Any = 0.0
    for group, prepared in zip(groups, pipelines.apply(rows), strict=True):
        features = Features(prepared)
        for predictor, weight in group:
            total += weight * predictor.predict(features)
    return np.asarray(total, dtype=np.float64)

"""The model that a search found, in memory: it outlives the run's folder and can be pickled."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.ingest import plain_frame
from automl_tasks.serve.columns import Column, select_columns
from automl_tasks.serve.labels import prediction_frame

if TYPE_CHECKING:
    from automl_tasks.search import Candidate, Plan, SavedCandidate

__all__ = ["FittedModel"]


class FittedModel:
    """Predicts raw rows with a candidate's files, which it keeps as bytes.

    Parameters
    ----------
    folder
        ``NAME/runs/RUN/candidate``.
    plan, candidate
        Of that run.
    required
        Columns without which rows are refused; others count as missing values.
    """

    def __init__(
        self, folder: Path, plan: Plan, candidate: Candidate, required: Collection[str] = ()
    ) -> None:
        paths = (path for path in sorted((folder / "members").rglob("*")) if path.is_file())
        self._files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        self._plan, self._candidate = plan, candidate
        self._columns = [
            Column(name, kind, name in required) for name, kind in self._columns_read().items()
        ]
        self._loaded: SavedCandidate | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_loaded": None}  # native handles; the files give them again

    @property
    def classes(self) -> list[str] | None:
        """Labels as text, in the order of the probabilities; None for regression."""
        return self._plan.classes

    @property
    def columns(self) -> list[str]:
        """Raw columns that the model reads."""
        return [column.name for column in self._columns]

    @property
    def size_bytes(self) -> int:
        """Of all files of the model."""
        return sum(map(len, self._files.values()))

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Predict raw rows, as a delivered package does.

        Returns
        -------
        DataFrame of shape (n, 1) or (n, 1 + classes)
            ``prediction`` (a value, or a label of the target's own type) and for classification
            ``probability_<class>``; the index is that of `rows`.

        Raises
        ------
        BadInput
            Naming the required columns that are absent.
        """
        return prediction_frame(
            self.predict_raw(rows),
            rows.index,
            classes=self.classes,
            dtype=self._plan.target["dtype"],
            decision=self._candidate.decision_of(self._decided_by(rows)),
        )

    def predict_raw(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """(n,) values, or (n, classes) probabilities in the order of `classes`."""
        if len(rows) == 0:
            return np.empty((0, len(self.classes)) if self.classes else 0)
        read = select_columns(plain_frame(rows), self._columns, self._plan.problem.missing)
        return np.asarray(self._model().predict(read), dtype=np.float64)

    def codes(self, probabilities: NDArray[np.float64], rows: pd.DataFrame) -> NDArray[np.int64]:
        """(n,) positions in `classes` that follow from what `predict_raw` gave for the rows."""
        return self._candidate.labels(probabilities, self._decided_by(rows))

    def _decided_by(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows as a decision by group reads them; a common one reads none."""
        return rows if self._candidate.group_decision is None else plain_frame(rows)

    def _model(self) -> SavedCandidate:
        """The native models, loaded when first needed."""
        if self._loaded is None:
            from automl_tasks.search import SavedCandidate

            with tempfile.TemporaryDirectory(prefix="nightshift-") as name:
                folder = Path(name)
                for key, content in self._files.items():
                    path = folder / key
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content)
                self._loaded = SavedCandidate(
                    folder, self._candidate, self._plan.threads * self._plan.lanes
                )
        return self._loaded

    def _columns_read(self) -> dict[str, Any]:
        """Raw columns and how they are read: the first step of each member says so."""
        found: dict[str, Any] = {}
        for key, content in self._files.items():
            if key.endswith("/pipeline.json"):
                found |= json.loads(content)[0]["columns"]
        return found

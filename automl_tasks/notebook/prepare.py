"""First stage: a table becomes a checked snapshot in a store."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from automl_tasks.ingest import Snapshot, publish, snapshot_frame, take_snapshot
from automl_tasks.problem import Problem, load_problem
from automl_tasks.store import Store
from automl_tasks.validate import require_accepted, validate_snapshot
from automl_tasks.validate.result import ValidationResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Prepared", "prepare"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A snapshot that the other stages work on.

    Attributes
    ----------
    store
        Holds the snapshot and every run on it; a temporary one lives as long as this object.
    validation
        What the checks of the data found.
    """

    problem: Problem
    store: Store
    snapshot: Snapshot
    validation: ValidationResult

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as the engine reads them."""
        return self.snapshot.read()


def prepare(
    problem: Problem | str | Path,
    data: pd.DataFrame | None = None,
    *,
    home: str | Path | None = None,
) -> Prepared:
    """Ingest, validate and publish.

    Parameters
    ----------
    problem
        A problem, or the path of a problem file.
    data
        The rows, in place of the problem's source.
    home
        Folder that keeps everything, as ``NIGHTSHIFT_HOME`` does; default: a temporary one.

    Raises
    ------
    DataError, ProblemError, SourceError
        When the data are not as described, or in quarantine.
    """
    known = problem if isinstance(problem, Problem) else load_problem(problem)
    folder = Path(tempfile.mkdtemp(prefix="nightshift-") if home is None else home)
    store = Store(folder / "store")
    try:
        snapshot = (
            take_snapshot(known, store) if data is None else snapshot_frame(known, store, data)
        )
        validation = validate_snapshot(known, store, snapshot)
        require_accepted(validation, known.name, store)
        publish(store, snapshot)
        prepared = Prepared(known, store, snapshot, validation)
    except BaseException:
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if home is None:
        weakref.finalize(prepared, shutil.rmtree, folder, ignore_errors=True)
    return prepared

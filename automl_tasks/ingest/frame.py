"""Tables in memory: a data frame becomes the snapshot that a Parquet file of it would become."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_tasks.errors import DataError, SourceError
from automl_tasks.ingest.snapshot import Snapshot
from automl_tasks.ingest.taking import take_snapshot
from automl_tasks.problem import FileSource, Problem
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plain_frame", "snapshot_frame"]

_NAME = "the data frame"


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as a snapshot would name and read it, so that fit and predict see the same.

    Column names become text, and durations seconds; the index is left behind. Every other type is
    read by the feature steps as a snapshot stores it.

    Raises
    ------
    DataError
        When two columns have one name.
    """
    names = [str(name) for name in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"column {twice[0]!r} occurs more than once",
            where=_NAME,
            remedy="Rename the columns; 1 and '1' are one name",
        )
    plain = frame.set_axis(names, axis="columns").reset_index(drop=True)
    durations = [name for name in names if plain[name].dtype.kind == "m"]
    return plain.assign(**{name: plain[name].dt.total_seconds() for name in durations})


def snapshot_frame(problem: Problem, store: Store, frame: pd.DataFrame) -> Snapshot:
    """Put a data frame into the store, as `take_snapshot` does with the problem's source.

    Types are believed: numbers stay numbers, texts stay texts. A column that mixes types becomes
    text; one of lists or other structures is left out, with a note.

    Raises
    ------
    DataError, SourceError
        The frame has no rows, a column twice, or lacks one that the problem names.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = plain_frame(frame)
    columns = {name: _array(plain[name]) for name in plain.columns}
    with tempfile.TemporaryDirectory(prefix="data-frame-") as folder:
        path = Path(folder) / "frame.parquet"
        pq.write_table(pa.table(columns), path, compression="lz4")
        located = problem.model_copy(
            update={"source": FileSource(path=str(path), format="parquet")}
        )
        try:
            return take_snapshot(located, store)
        except (DataError, SourceError) as error:
            where = _NAME if error.where == str(path) else error.where
            raise type(error)(error.what, where=where, remedy=error.remedy) from error


def _array(values: pd.Series) -> Any:
    """Arrow array of a column; what Arrow cannot type is kept as text."""
    import pandas as pd
    import pyarrow as pa

    from automl_tasks.serve.steps.values import texts

    if isinstance(values.dtype, pd.SparseDtype):
        values = values.astype(values.dtype.subtype)
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.array(texts(values), pa.string())

"""Which row is which, when the same features may rightly occur twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.ingest import row_ids

if TYPE_CHECKING:
    import pandas as pd

    from automl_tasks.monitor.stored_rows import StoredRows
    from automl_tasks.problem import Problem

__all__ = ["known_rows", "stored_ids"]


def known_rows(frame: pd.DataFrame, problem: Problem) -> pd.Series:
    """Identity of each row, the same in every snapshot that holds the row.

    With an id or a time column, equal `row_ids` mean one row that was delivered twice. Without
    either, rows of a few categories are often equal by chance, so the second of them counts as
    another row: the k-th occurrence is the k-th in every later snapshot too.

    Returns
    -------
    pd.Series
        Strings, named ``row_id``, on the frame's index.
    """
    return _told_apart(row_ids(frame, problem), problem)


def stored_ids(rows: StoredRows, problem: Problem) -> pd.Series:
    """`known_rows` of a snapshot, of which a part at a time is read."""
    import pandas as pd

    names = [name for name in rows.names if name != problem.target]
    wanted = [name for name in problem.id if name in rows.names] or names
    parts = [row_ids(part, problem) for part in rows.parts(wanted)]
    ids = pd.concat(parts) if parts else pd.Series([], dtype=object, name="row_id")
    return _told_apart(ids, problem)


def _told_apart(ids: pd.Series, problem: Problem) -> pd.Series:
    if not problem.id and problem.time is None:
        occurrence = ids.groupby(ids, sort=False).cumcount()
        ids = ids.where(occurrence == 0, ids + "-" + occurrence.astype(str))
    return ids.rename("row_id")

"""Raw rows as people send them, checked and cut to the columns that the model reads.

How a value is read (text as a number, text as a date) is the business of the feature steps,
which training shares; here only what training's reader did before them is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from automl_tasks.serve.cells import Column, as_stored, is_plain
from automl_tasks.serve.errors import BadInput

__all__ = ["Column", "select_columns"]


def select_columns(
    rows: pd.DataFrame, columns: Sequence[Column], missing: Sequence[str] = ("",)
) -> pd.DataFrame:
    """The columns that the model reads, as training's table would hold them.

    Texts that mean missing become None. Further columns are left out, absent optional ones stay
    absent; the index is kept.

    Raises
    ------
    BadInput
        Naming the required columns that are absent, a column that occurs twice, or one with a
        value that cannot be read, and its row.
    """
    present = [each for each in columns if each.name in rows]
    if len(present) < len(columns):
        rows, present = _with_text_names(rows, columns)
    names = [each.name for each in present]
    selected = rows if rows.columns.tolist() == names else rows[names]
    if not selected.columns.is_unique:
        twice = selected.columns[selected.columns.duplicated()][0]
        raise BadInput(f"column {twice!r} occurs more than once")
    changed, gaps = dict[str, Any](), frozenset(missing)
    for column, dtype in zip(present, selected.dtypes, strict=True):
        if not is_plain(dtype, column):
            values = selected[column.name]
            read = as_stored(values, column, gaps)
            changed |= {} if read is values else {column.name: read}
    if changed:
        selected = selected.copy(deep=False)  # the caller's rows stay as they are
        for name, read in changed.items():
            selected[name] = read
    return selected


def _with_text_names(
    rows: pd.DataFrame, columns: Sequence[Column]
) -> tuple[pd.DataFrame, list[Column]]:
    """Rows whose columns are named by text, as training's were, and the columns they have."""
    if not all(isinstance(name, str) for name in rows.columns):
        rows = rows.set_axis([str(name) for name in rows.columns], axis=1)
    absent = [repr(each.name) for each in columns if each.required and each.name not in rows]
    if absent:
        few = "column" if len(absent) == 1 else "columns"
        raise BadInput(f"required {few} {', '.join(absent)} missing from the rows")
    return rows, [each for each in columns if each.name in rows]

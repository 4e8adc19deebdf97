"""Raw rows as people send them, checked and cut to the columns that the model reads.

How a value is read (text as a number, text as a date) is the business of the feature steps,
which training shares; here only what training's reader did before them is repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_tasks.serve.errors import BadInput

__all__ = ["Column", "select_columns"]


@dataclass(frozen=True)
class Column:
    """One raw input column.

    Attributes
    ----------
    kind
        How the feature steps read it; they convert from anything that can be read so.
    required
        Training saw a value in every row, so rows without the column are refused.
    """

    name: str
    kind: Literal["number", "moment", "text"]
    required: bool = True


def select_columns(
    rows: pd.DataFrame, columns: Sequence[Column], missing: Sequence[str] = ("",)
) -> pd.DataFrame:
    """The columns that the model reads, with None for texts that mean missing.

    Further columns are left out, absent optional ones stay absent; the index is kept.

    Raises
    ------
    BadInput
        Naming the required columns that are absent, or a column that occurs twice.
    """
    absent = [repr(each.name) for each in columns if each.required and each.name not in rows]
    if absent:
        few = "column" if len(absent) == 1 else "columns"
        raise BadInput(f"required {few} {', '.join(absent)} missing from the rows")
    selected = rows[[each.name for each in columns if each.name in rows]]
    if not selected.columns.is_unique:
        twice = selected.columns[selected.columns.duplicated()][0]
        raise BadInput(f"column {twice!r} occurs more than once")
    for name in [name for name in selected if selected[name].dtype.kind == "O"]:
        gaps = _gaps(selected[name], missing)
        if gaps.any():
            blanked = selected[name].astype(object).where(~gaps, None)
            selected = selected.assign(**{str(name): blanked})
    return selected


def _gaps(values: pd.Series, missing: Sequence[str]) -> NDArray[np.bool_]:
    """Which values are texts that mean missing; blanks around them do not count."""
    texts = set(missing)
    found = (isinstance(value, str) and value.strip() in texts for value in values)
    return np.fromiter(found, dtype=np.bool_, count=len(values))

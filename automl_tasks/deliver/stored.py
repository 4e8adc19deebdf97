"""What a package keeps of training's columns, so that it reads rows as training's table did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["stored_columns"]

_STORED = {"f": "number", "i": "number", "u": "number", "M": "moment"}


def stored_columns(
    kinds: Mapping[str, str], develop: pd.DataFrame, missing: Sequence[str]
) -> list[dict[str, Any]]:
    """The columns of a package, as the fields of `serve.columns.Column`.

    Parameters
    ----------
    kinds
        How the feature steps read each column.
    develop
        Rows of the snapshot that the model learned from.
    missing
        Texts that mean missing in the source.
    """
    return [
        {
            "name": name,
            "kind": kind,
            "required": bool(develop[name].notna().all()),
            **_as_stored(develop[name], missing),
        }
        for name, kind in kinds.items()
    ]


def _as_stored(values: pd.Series, missing: Sequence[str]) -> dict[str, Any]:
    stored = _STORED.get(values.dtype.kind, "text")
    if stored == "number":
        # Where the source was text they became gaps, where it was typed they stayed numbers.
        gaps = [number for number in _numbers(missing) if not (values == number).any()]
        return {"stored": stored, **({"gaps": gaps} if gaps else {})}
    booleans = _booleans(values) if stored == "text" else None
    return {"stored": stored, **({"booleans": booleans} if booleans else {})}


def _numbers(missing: Sequence[str]) -> list[float]:
    import numpy as np

    from automl_tasks.serve.steps.values import numbers

    read = numbers(np.array(missing, dtype=object))
    return [float(number) for number in read if not np.isnan(number)]


def _booleans(values: pd.Series) -> list[str] | None:
    """How a column of nothing but booleans spells false and true; None: it is another column."""
    levels = values.dropna().unique()
    spelled = {str(level).lower(): str(level) for level in levels}
    if len(levels) != 2 or set(spelled) != {"false", "true"}:
        return None
    return [spelled["false"], spelled["true"]]

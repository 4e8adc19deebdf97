"""Which engineered features are of one kind: by the step that first made them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from numpy.typing import NDArray

__all__ = ["made_features", "select_kinds", "shuffled"]

Array = NDArray[Any]
Features = dict[str, Array]

_KINDS = {
    "codes": "categories",
    "frequencies": "categories",
    "one_hot": "categories",
    "strings": "categories",
    "dates": "parts of dates",
    "piecewise": "numbers",
    "scale": "numbers",
    "several": "combinations of columns",
    "target_means": "mean targets of categories",
    "text_statistics": "texts",
    "text_terms": "texts",
    "text_topics": "texts",
}
_READ = {"number": "numbers", "text": "categories", "moment": "parts of dates"}
_OWNERS = "the owner's steps"


def made_features(
    steps: Sequence[dict[str, Any]], frame: pd.DataFrame
) -> tuple[Features, dict[str, str]]:
    """The features of raw rows, and the kind of each.

    Parameters
    ----------
    steps
        ``FeaturePipeline.state()``.
    """
    from automl_tasks.serve.steps import apply_step
    from automl_tasks.serve.steps.table import to_table

    table, kinds = to_table(frame), dict[str, str]()
    for step in steps:
        table = apply_step(step, table)
        for name in table:
            if name not in kinds:
                kinds[name] = _kind(step, name)
    return table, {name: kinds[name] for name in table}


def select_kinds(kinds: Mapping[str, str], kind: str) -> list[str]:
    """Names of the features of one kind."""
    return [name for name, own in kinds.items() if own == kind]


def shuffled(features: Features, names: Collection[str], order: Array) -> Features:
    """Features of which some come from other rows, all of these from the same one."""
    return features | {name: features[name][order] for name in names}


def _kind(step: dict[str, Any], name: str) -> str:
    if step["kind"] == "read":
        return _READ[step["columns"][name]]
    return _KINDS.get(step["kind"], _OWNERS)

"""LightGBM's trees as flat arrays, read from its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl_tasks.serve.predictors.lightgbm import FILE

from ._flat import Array, Arrays, Split, Tree, joined

__all__ = ["lightgbm_trees"]

_BY_CATEGORIES, _DEFAULT_LEFT = 1, 2  # bits of a split's kind
_ZERO_IS_MISSING, _NAN_IS_MISSING = 1, 2  # in the bits above
_WORD = 32

Fields = dict[str, str]


def lightgbm_trees(folder: Path, outputs: int) -> Arrays | None:
    """Arrays of a saved booster; None where leaves are not constants or zero counts as missing."""
    head, *parts = (folder / FILE).read_text(encoding="utf-8").split("\nTree=")
    fields = [_fields(part.split("\nend of trees")[0]) for part in parts]
    if not fields or any(each.get("is_linear", "0") != "0" for each in fields):
        return None
    if "average_output" in head or len(fields) % outputs:
        return None
    kinds = np.concatenate([_numbers(each, "decision_type", int) for each in fields])
    numeric = kinds[kinds & _BY_CATEGORIES == 0]
    if (numeric >> 2 == _ZERO_IS_MISSING).any():
        return None
    width = int(_fields(head)["max_feature_idx"]) + 1
    return joined(map(_tree, fields), width, np.zeros(outputs))


def _fields(text: str) -> Fields:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _numbers(fields: Fields, name: str, kind: Any) -> Array:
    return np.array(fields.get(name, "").split(), dtype=kind)


def _tree(fields: Fields) -> Tree:
    """Inner nodes first, as the text has them; a child below 0 is the leaf of its complement."""
    values = _numbers(fields, "leaf_value", float)
    split, threshold, kind = (
        _numbers(fields, name, dtype)
        for name, dtype in (("split_feature", int), ("threshold", float), ("decision_type", int))
    )
    inner, leaves = len(split), len(values)
    children = [_numbers(fields, name, int) for name in ("left_child", "right_child")]
    left, right = (np.where(each < 0, inner + ~each, each) for each in children)
    # A missing value is a zero, unless the column had missing ones in training.
    knows = kind >> 2 == _NAN_IS_MISSING
    missing_left = np.where(knows, kind & _DEFAULT_LEFT > 0, threshold >= 0)
    nothing = np.zeros(leaves, dtype=np.int64)
    return Tree(
        feature=np.append(split, nothing - 1),
        threshold=np.append(threshold, nothing),
        left=np.append(left, nothing),
        right=np.append(right, nothing),
        missing_left=np.append(missing_left, nothing > 0),
        value=np.append(np.zeros(inner), values),
        splits=_splits(fields, split, threshold, kind),
    )


def _splits(fields: Fields, split: Array, threshold: Array, kind: Array) -> dict[int, Split]:
    """Codes whose bit is set go left, others and missing ones right."""
    bounds = _numbers(fields, "cat_boundaries", int)
    words = _numbers(fields, "cat_threshold", int)
    found = {}
    for node in np.flatnonzero(kind & _BY_CATEGORIES):
        which = int(threshold[node])
        own = words[bounds[which] : bounds[which + 1]]
        bits = own[:, None] >> np.arange(_WORD) & 1
        found[int(node)] = Split(int(split[node]), np.r_[True, bits.ravel() == 0, True])
    return found

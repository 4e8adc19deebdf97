"""Ids of rows, by which a label that arrives later finds the prediction made earlier."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl_tasks.errors import DataError
from automl_tasks.problem import Problem

__all__ = ["row_ids"]

_Hashes = npt.NDArray[np.uint64]
# Odd constants of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_MISSING = np.uint64(0x5851F42D4C957F2D)
_LARGEST = 2.0**63


def row_ids(frame: pd.DataFrame, problem: Problem) -> pd.Series[str]:
    """16 hexadecimal digits for each row.

    They depend on the values of `problem.id`, else of all columns but the target: not on the
    order of rows or columns, nor on whether a number came as an integer or a float. Rows with
    equal values have equal ids.

    Raises
    ------
    DataError
        When an id column is missing.
    """
    names = problem.id or tuple(name for name in frame.columns if name != problem.target)
    absent = [name for name in names if name not in frame.columns]
    if absent:
        raise DataError(
            f"id column {absent[0]!r} is missing",
            where=problem.name,
            remedy=f"The columns are: {', '.join(map(str, frame.columns[:20]))}",
        )
    combined = np.zeros(len(frame), dtype=np.uint64)
    ordered = sorted(names, key=str)
    # Which column a value is in counts, so that swapped values differ.
    columns = pd.util.hash_array(np.array([str(name) for name in ordered], dtype=object)) * _STEP
    for name, column in zip(ordered, columns, strict=True):
        combined = _mixed(combined ^ _mixed(_value_hashes(frame[name]) + column))
    return pd.Series(_hexadecimal(combined), index=frame.index, dtype=object, name="row_id")


def _value_hashes(values: pd.Series[Any]) -> _Hashes:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        hashes = _date_hashes(values)
    elif pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype):
        hashes = _number_hashes(values)
    else:
        hashes = _text_hashes(values)
    return np.where(values.isna().to_numpy(), _MISSING, hashes)


def _date_hashes(values: pd.Series[Any]) -> _Hashes:
    utc = pd.to_datetime(values, utc=True).dt.tz_localize(None)
    return utc.to_numpy(dtype="datetime64[ns]").view(np.uint64)


def _number_hashes(values: pd.Series[Any]) -> _Hashes:
    if pd.api.types.is_integer_dtype(values.dtype) and not values.hasnans:
        return values.to_numpy().astype(np.int64).view(np.uint64)
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    # Whole numbers hash as the integers that they equal; int64 holds those below 2**63.
    whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < _LARGEST)
    integers = np.where(whole, numbers, 0.0).astype(np.int64).view(np.uint64)
    return np.where(whole, integers, _mixed(numbers.view(np.uint64)))


def _text_hashes(values: pd.Series[Any]) -> _Hashes:
    texts = values.astype(object).to_numpy()
    if any(not isinstance(text, str) for text in texts):
        texts = np.array(["" if pd.isna(text) else str(text) for text in texts], dtype=object)
    return pd.util.hash_array(texts)


def _mixed(values: _Hashes) -> _Hashes:
    values = (values ^ (values >> np.uint64(30))) * _MIX[0]
    values = (values ^ (values >> np.uint64(27))) * _MIX[1]
    return values ^ (values >> np.uint64(31))


def _hexadecimal(values: _Hashes) -> list[str]:
    digits = values.astype(">u8").tobytes().hex()
    return [digits[start : start + 16] for start in range(0, len(digits), 16)]

"""Rows of Python values, as database drivers give them, to Arrow batches of raw types."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

__all__ = ["to_batch"]

_Plain = int | float | str | dt.datetime | None
_AS_THEY_ARE = {int, float, str, type(None)}


def to_batch(columns: list[str], rows: Sequence[tuple[Any, ...]], mixed: set[str]) -> Any:
    """One record batch of a chunk of rows.

    Parameters
    ----------
    columns
        Names, in the order of each row's values.
    rows
        At least one row.
    mixed
        Takes the names of columns that hold values of several types.
    """
    import pyarrow as pa

    arrays = []
    for name, values in zip(columns, zip(*rows, strict=True), strict=True):
        plain: list[_Plain] = list(values)
        if not {type(value) for value in values} <= _AS_THEY_ARE:
            plain = [_plain(value) for value in values]
        kinds = {type(value) for value in plain} - {type(None)}
        if kinds == {int, float}:
            kinds = {float}
        if len(kinds) > 1 or (kinds == {int} and not _fit_int64(plain)):
            mixed.add(name)
            plain, kinds = [_text(value) for value in plain], {str}
        arrays.append(pa.array(plain, _arrow_type(kinds)))
    return pa.RecordBatch.from_arrays(arrays, names=columns)


def _plain(value: Any) -> _Plain:
    for types, convert in _CONVERSIONS:
        if isinstance(value, types):
            return convert(value)
    return str(value)


def _without_zone(value: dt.datetime) -> dt.datetime:
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value


_CONVERSIONS: tuple[tuple[tuple[type, ...], Callable[[Any], _Plain]], ...] = (
    ((float, str, type(None)), lambda value: value),
    ((int,), int),  # bool is one
    ((Decimal,), float),
    ((dt.datetime,), _without_zone),  # before date, which it is too
    ((dt.date,), lambda value: dt.datetime(value.year, value.month, value.day)),
    ((dt.timedelta,), dt.timedelta.total_seconds),
    ((bytes, memoryview), lambda value: bytes(value).hex()),
    ((dict, list), lambda value: json.dumps(value, sort_keys=True, default=str)),
)


def _text(value: _Plain) -> str | None:
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return None if value is None else str(value)


def _fit_int64(values: list[Any]) -> bool:
    return all(value is None or -(2**63) <= value < 2**63 for value in values)


def _arrow_type(kinds: set[type]) -> Any:
    import pyarrow as pa

    if not kinds:
        return pa.null()
    return {
        int: pa.int64(),
        float: pa.float64(),
        str: pa.string(),
        dt.datetime: pa.timestamp("us"),
    }[kinds.pop()]

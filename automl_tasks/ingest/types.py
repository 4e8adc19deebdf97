"""From every Arrow type to the few that a snapshot's raw columns have.

Raw types: string, int64, float64, timestamp (any unit, without zone, UTC) and null.
"""

from __future__ import annotations

from typing import Any

__all__ = ["simple_batch", "usable_columns"]

_PANDAS_INDEX = "__index_level_"


def usable_columns(schema: Any, where: str) -> tuple[list[int], list[str]]:
    """Positions of the columns that a snapshot can hold, and a note on each other one."""
    kept, notes = [], []
    for position, field in enumerate(schema):
        if field.name.startswith(_PANDAS_INDEX):
            notes.append(f"{where}: the pandas index {field.name!r} was left out")
        elif _simple_type(field.type) is None:
            notes.append(f"{where}: column {field.name!r} of type {field.type} was left out")
        else:
            kept.append(position)
    return kept, notes


def simple_batch(batch: Any) -> Any:
    """Cast every column of a batch to its raw type."""
    import pyarrow as pa

    arrays = [_simple_array(array) for array in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _simple_type(kind: Any) -> Any | None:
    import pyarrow as pa
    from pyarrow import types

    if types.is_dictionary(kind):
        return _simple_type(kind.value_type)
    rules = (
        (types.is_null, pa.null()),
        (types.is_boolean, pa.int64()),
        (types.is_uint64, pa.float64()),
        (types.is_integer, pa.int64()),
        (types.is_floating, pa.float64()),
        (types.is_decimal, pa.float64()),
        (types.is_duration, pa.float64()),
        (types.is_date, pa.timestamp("s")),
        (types.is_time, pa.string()),
        (types.is_string, pa.string()),
        (types.is_large_string, pa.string()),
        (types.is_string_view, pa.string()),
    )
    if types.is_timestamp(kind):
        return pa.timestamp(kind.unit)
    return next((simple for matches, simple in rules if matches(kind)), None)


def _simple_array(array: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if types.is_uint64(kind) and _fits_int64(array):
        return pc.cast(array, pa.int64())
    if types.is_duration(kind):  # in seconds
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        return pc.divide(pc.cast(pc.cast(array, pa.int64()), pa.float64()), float(per_second))
    return pc.cast(array, _simple_type(kind), safe=False)


def _fits_int64(array: Any) -> bool:
    import pyarrow.compute as pc

    largest = pc.max(array).as_py()
    return largest is None or largest < 2**63

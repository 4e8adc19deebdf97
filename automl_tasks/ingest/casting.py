"""A raw column to the kind that all batches together decided."""

from __future__ import annotations

from typing import Any

from automl_tasks.ingest.kinds import Kind
from automl_tasks.ingest.parsing import (
    cast_or_none,
    present_texts,
    to_nanoseconds,
    to_timestamps,
)

__all__ = ["arrow_type", "cast_column"]


def arrow_type(kind: Kind) -> Any:
    """Arrow type that a snapshot stores for a kind."""
    import pyarrow as pa

    return {
        "int": pa.int64(),
        "float": pa.float64(),
        "datetime": pa.timestamp("ns"),
        "string": pa.string(),
    }[kind]


def cast_column(array: Any, kind: Kind, missing: frozenset[str]) -> Any:
    """Cast a raw column; missing texts and NaN become null, dates beyond 1677 to 2262 too."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_null(array.type):
        return pa.nulls(len(array), arrow_type(kind))
    if kind == "string":
        return _to_string(array, missing)
    if types.is_string(array.type):
        array = present_texts(array, missing)
    if kind == "datetime":
        parsed = to_timestamps(array) if types.is_string(array.type) else array
        return to_nanoseconds(parsed)
    numbers = pc.cast(array, arrow_type(kind))
    return pc.if_else(pc.is_nan(numbers), None, numbers) if kind == "float" else numbers


def _to_string(array: Any, missing: frozenset[str]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_string(array.type):
        # Blanks around a category are its owner's; only what is missing is judged without them.
        return pc.if_else(pc.is_null(present_texts(array, missing)), None, array)
    if types.is_floating(array.type) and cast_or_none(array, "int64") is not None:
        array = pc.cast(array, pa.int64())  # 5.0 in one batch is 5 in another
    return pc.cast(array, pa.string())

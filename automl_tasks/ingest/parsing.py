"""Texts to numbers and dates, whole Arrow columns at a time."""

from __future__ import annotations

from typing import Any

__all__ = ["DATE", "NUMBER", "cast_or_none", "present_texts", "to_nanoseconds", "to_timestamps"]

NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$"
_OFFSET = r"(Z|[+-]\d{2}:?\d{2})"
_TIME = r"\d{2}(:\d{2}(:\d{2}(\.\d{1,9})?)?)?"
_ZONED = rf":?\d{{2}}(\.\d+)?{_OFFSET}$"
DATE = rf"^\d{{4}}-\d{{2}}-\d{{2}}([ T]{_TIME}{_OFFSET}?)?$"
_PROBE = 64
_NANOSECONDS = (-(2**63) + 1, 2**63 - 1)


def present_texts(array: Any, missing: frozenset[str]) -> Any:
    """Texts without surrounding blanks, null where they mean missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(array)
    absent = pc.is_in(trimmed, value_set=pa.array(sorted(missing), pa.string()))
    return pc.if_else(absent, None, trimmed)


def cast_or_none(array: Any, kind: str) -> Any | None:
    """The array in another type, or None when a value does not fit."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        # Arrow words an error for every value that fails, so a few values go first.
        pc.cast(array[:_PROBE], pa.type_for_alias(kind))
        return pc.cast(array, pa.type_for_alias(kind))
    except pa.ArrowInvalid:
        return None


def to_timestamps(texts: Any) -> Any | None:
    """ISO 8601 texts as timestamps in UTC without zone, or None when one is something else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for unit in ("ns", "us"):  # microseconds reach beyond the years 1677 to 2262
        parsed = cast_or_none(texts, f"timestamp[{unit}]")
        if parsed is not None:
            return parsed
    if not pc.any(pc.match_substring_regex(texts, DATE)).as_py():
        return None  # before the dearer attempt with zones
    zoned = pc.match_substring_regex(texts, _ZONED)
    # A date alone takes no zone in Arrow's parser: it is midnight, UTC.
    zone = pc.if_else(pc.equal(pc.utf8_length(texts), len("2020-01-31")), " 00Z", "Z")
    with_zone = pc.if_else(zoned, texts, pc.binary_join_element_wise(texts, zone, ""))
    try:
        parsed = pc.cast(with_zone, pa.timestamp("us", tz="UTC"))
    except pa.ArrowInvalid:
        return None
    return pc.cast(parsed, pa.timestamp("us"))


def to_nanoseconds(array: Any) -> Any:
    """Timestamps in nanoseconds; null where 64 bits do not reach (before 1677, after 2262)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if array.type == pa.timestamp("ns"):
        return array
    per_unit = {"s": 10**9, "ms": 10**6, "us": 10**3}[array.type.unit]
    number = pc.cast(array, pa.int64())
    low, high = (bound // per_unit for bound in _NANOSECONDS)
    fits = pc.and_(pc.greater(number, low), pc.less(number, high))
    return pc.cast(pc.if_else(fits, array, None), pa.timestamp("ns"))

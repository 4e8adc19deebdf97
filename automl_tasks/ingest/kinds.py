"""What a column holds: whole numbers, numbers, dates or texts, counted over all batches.

A column is as its worst value is: one text among numbers makes a column of texts, and a note
says which text and where, because that is more often a fault of the data than a wish.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from automl_tasks.ingest.parsing import DATE, NUMBER, cast_or_none, present_texts, to_timestamps

__all__ = ["ColumnTally", "Kind"]

Kind = Literal["int", "float", "datetime", "string"]
_LONG_INTEGER = r"^[+-]?\d{19,}$"


class ColumnTally:
    """Counts one column's values by kind, batch after batch.

    Parameters
    ----------
    missing
        Texts that mean missing.
    """

    def __init__(self, missing: frozenset[str]) -> None:
        self._missing = missing
        self._counts: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._whole = True
        self._long = False

    def add(self, array: Any, *, texts: bool, where: str, offset: int) -> None:
        """Count a batch's column.

        Parameters
        ----------
        array
            Arrow array of a raw type.
        texts
            Whether texts may turn out to be numbers.
        where, offset
            Name of the input and number of its rows before this batch.
        """
        from pyarrow import types

        if types.is_string(array.type):
            self._add_texts(array, texts, where, offset)
        elif types.is_timestamp(array.type):
            self._count("date", array, where, offset)
        elif not types.is_null(array.type):
            self._whole = self._whole and types.is_integer(array.type)
            self._count("number", array, where, offset)

    @property
    def values(self) -> int:
        """Number of values that are not missing."""
        return self._counts.total()

    def kind(self) -> Kind:
        """The kind of all values so far; a column without values counts as numeric."""
        seen = set(self._counts)
        if seen <= {"number"} and not self._long:
            return "int" if seen and self._whole else "float"
        return "datetime" if seen == {"date"} else "string"

    def note(self, name: str) -> str | None:
        """A sentence when most values are of another kind than the column."""
        total = self.values
        for kind, plural in (("number", "numeric"), ("date", "ISO dates")):
            others = total - self._counts[kind]
            if 0 < others <= total / 2:
                first = next(self._first[other] for other in self._first if other != kind)
                return (
                    f"column {name!r}: {others:,} of {total:,} values are not {plural}, "
                    f"first {first}; it is kept as text"
                )
        if self._long:
            return f"column {name!r}: whole numbers of 19 or more digits are kept as text"
        return None

    def first_text(self) -> str | None:
        """The first value that is neither number nor date, with its place."""
        return self._first.get("text")

    def _add_texts(self, array: Any, numbers: bool, where: str, offset: int) -> None:
        import pyarrow.compute as pc

        values = present_texts(array, self._missing)
        if values.null_count == len(values):
            return
        if numbers and (parsed := cast_or_none(values, "float64")) is not None:
            self._count("number", parsed, where, offset, values)
            self._look_at_numbers(values)
            return
        if to_timestamps(values) is not None:
            self._count("date", values, where, offset)
            return
        rest = values
        for kind, pattern in (("number", NUMBER), ("date", DATE)):
            if kind == "number" and not numbers:
                continue
            matches = pc.match_substring_regex(rest, pattern)
            matched = pc.if_else(matches, rest, None)
            if kind == "date" and to_timestamps(matched) is None:
                continue
            self._count(kind, matched, where, offset)
            rest = pc.if_else(matches, None, rest)
        self._count("text", rest, where, offset)

    def _look_at_numbers(self, values: Any) -> None:
        import pyarrow.compute as pc

        if cast_or_none(values, "int64") is None:
            self._whole = False
            if not self._long:
                self._long = pc.any(pc.match_substring_regex(values, _LONG_INTEGER)).as_py()

    def _count(self, kind: str, array: Any, where: str, offset: int, shown: Any = None) -> None:
        import pyarrow.compute as pc

        count = len(array) - array.null_count
        if not count:
            return
        self._counts[kind] += count
        if kind not in self._first:
            position = pc.index(array.is_valid(), True).as_py()
            value = (array if shown is None else shown)[position].as_py()
            self._first[kind] = f"{str(value)[:40]!r} in row {offset + position + 1:,} of {where}"

"""Which character separates the fields of a CSV file."""

from __future__ import annotations

import csv
import io

from automl_tasks.errors import SourceError

__all__ = ["choose_delimiter", "header_fields"]

_CANDIDATES = (",", ";", "\t", "|")
_LINES = 100


def choose_delimiter(sample: str, given: str | None, where: str) -> str:
    """The given delimiter, else the one that splits the first lines most evenly.

    Raises
    ------
    SourceError
        When the given delimiter splits nothing and another one does.
    """
    best = max(_CANDIDATES, key=lambda delimiter: _evenness(sample, delimiter))
    splits = _evenness(sample, best) > (0.0, 0)
    if given is None:
        return best if splits else ","
    if splits and len(header_fields(sample, given)) == 1:
        raise SourceError(
            f"the delimiter {given!r} does not occur in the header",
            where=where,
            remedy=f"{best!r} makes {len(header_fields(sample, best))} columns: "
            "correct source.delimiter or leave it out",
        )
    return given


def header_fields(sample: str, delimiter: str) -> list[str]:
    """Fields of the first line that is not empty."""
    rows = _rows(sample, delimiter)
    return rows[0] if rows else []


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """Share of rows with as many fields as the header, and that number; (0, 0) for one field."""
    counts = [len(row) for row in _rows(sample, delimiter)]
    if not counts or counts[0] < 2:
        return 0.0, 0
    return counts.count(counts[0]) / len(counts), counts[0]


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    lines = sample.splitlines(keepends=True)
    if len(lines) > 1 and not lines[-1].endswith(("\n", "\r")):
        lines.pop()  # the sample may end within a row
    reader = csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) == _LINES:
                break
    except csv.Error:  # a field beyond the module's limit: judge by the rows so far
        pass
    return rows

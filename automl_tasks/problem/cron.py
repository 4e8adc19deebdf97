"""Check a cron expression when the problem file is read, long before Airflow would refuse it."""

from __future__ import annotations

import re

__all__ = ["check_cron"]

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Name, lowest and highest value, names of the values from the lowest on.
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_PART = re.compile(r"(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:/([0-9]+))?", re.IGNORECASE)


def check_cron(text: str) -> str:
    """Return the expression when each of its five fields can be met.

    Raises
    ------
    ValueError
        Naming the field that is wrong.
    """
    fields = text.split()
    if len(fields) != len(_FIELDS):
        raise ValueError("should be five cron fields, such as '0 2 * * *', or null")
    for field, (name, lowest, highest, names) in zip(fields, _FIELDS, strict=True):
        if not all(_fits(part, lowest, highest, names) for part in field.split(",")):
            raise ValueError(f"the {name} should be within {lowest}-{highest}, not {field!r}")
    return text


def _fits(part: str, lowest: int, highest: int, names: tuple[str, ...]) -> bool:
    match = _PART.fullmatch(part)
    if not match:
        return False
    first, last, step = match.groups()
    bounds = [_number(value, lowest, names) for value in (first, last) if value is not None]
    return (
        all(lowest <= bound <= highest for bound in bounds)
        and bounds == sorted(bounds)
        and step != "0"
    )


def _number(value: str, lowest: int, names: tuple[str, ...]) -> int:
    if value.isdecimal():
        return int(value)
    return lowest + names.index(value.lower()) if value.lower() in names else -1

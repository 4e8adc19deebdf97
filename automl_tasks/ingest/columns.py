"""Checks of column names: they fail before a row is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from automl_tasks.errors import DataError, SourceError
from automl_tasks.nearest import did_you_mean
from automl_tasks.problem import Problem

__all__ = ["check_named_columns", "check_same_columns", "named_columns"]


def named_columns(names: Sequence[str], where: str) -> tuple[list[str], list[str]]:
    """Give nameless columns the name that pandas gives them; refuse duplicates.

    Returns
    -------
    names, notes
    """
    named = [name or f"Unnamed: {position}" for position, name in enumerate(names)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise SourceError(
            f"{_listed(twice)} named more than once",
            where=where,
            remedy="Rename the columns so that each name is used once",
        )
    notes = [
        f"{where}: column {position + 1} has no name and is called {new!r}"
        for position, (old, new) in enumerate(zip(names, named, strict=True))
        if not old
    ]
    return named, notes


def check_named_columns(columns: Sequence[str], problem: Problem, where: str) -> None:
    """Every column that the problem file names must be there.

    Raises
    ------
    DataError
        Naming the key, the column and the nearest column that exists.
    """
    for key, name in _named_in(problem):
        if name not in columns:
            raise DataError(
                f"column {name!r}, named in {key!r} of the problem file, is missing",
                where=where,
                remedy=did_you_mean(name, columns, f"There are {len(columns)} columns"),
            )


def check_same_columns(
    columns: Sequence[str], expected: Sequence[str], where: str, first: str
) -> None:
    """Batches of one source agree in their columns, in any order."""
    missing = [name for name in expected if name not in set(columns)]
    extra = [name for name in columns if name not in set(expected)]
    if not missing and not extra:
        return
    parts = [f"{_listed(missing)} missing"] if missing else []
    parts += [f"{_listed(extra)} not in the first file"] if extra else []
    raise DataError(
        "; ".join(parts),
        where=where,
        remedy=f"Give all files the columns of {first}, or narrow source.path",
    )


def _named_in(problem: Problem) -> list[tuple[str, str]]:
    named = [("target", problem.target)]
    named += [("time", problem.time)] if problem.time else []
    for key, names in (
        ("id", problem.id),
        ("protected", problem.protected),
        ("ignore", problem.ignore),
        ("roles", tuple(problem.roles)),
    ):
        named += [(key, name) for name in names]
    return named


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"column {shown} is" if len(names) == 1 else f"columns {shown}{more} are"

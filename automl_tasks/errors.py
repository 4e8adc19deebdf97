"""Every error that a user can meet.

    NightshiftError
    ├── TerminalError            running again changes nothing: a person must act
    │   ├── ProblemError         the problem file is wrong
    │   ├── SourceError          the data cannot be read as described
    │   ├── DataError            the data were read and cannot be used
    │   ├── SearchError          no model came out of the search
    │   └── PackageError         a package is altered, incomplete or foreign
    └── TransientError           the same call may work later: retried with backoff
        ├── SourceUnreachable    database, bucket or host does not answer
        └── RegistryUnreachable  the MLflow server does not answer

Airflow's retry policy reads the two branches; this module is therefore light.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = [
    "DataError",
    "NightshiftError",
    "PackageError",
    "ProblemError",
    "RegistryUnreachable",
    "SearchError",
    "SourceError",
    "SourceUnreachable",
    "TerminalError",
    "TransientError",
    "within",
]


class NightshiftError(Exception):
    """One thing went wrong, at one place, with one remedy.

    Parameters
    ----------
    what
        What happened, naming the thing: ``column 'cnt' is missing``.
    where
        File, table, URL or run in which it happened.
    remedy
        What the reader can do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        message = f"{where}: {what}" if where else what
        super().__init__(f"{message}. {remedy}" if remedy else message)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.where, self.remedy)


def _rebuild(kind: type[NightshiftError], what: str, where: str, remedy: str) -> NightshiftError:
    return kind(what, where=where, remedy=remedy)


@contextmanager
def within(place: str) -> Iterator[None]:
    """Add the place, such as the problem's name, to errors of code that does not know it."""
    try:
        yield
    except NightshiftError as error:
        where = f"{place}, {error.where}" if error.where else place
        raise type(error)(error.what, where=where, remedy=error.remedy) from error


class TerminalError(NightshiftError):
    """Running again changes nothing: a person must act."""


class TransientError(NightshiftError):
    """The same call may work later."""


class ProblemError(TerminalError):
    """The problem file is wrong."""


class SourceError(TerminalError):
    """The data cannot be read as described."""


class DataError(TerminalError):
    """The data were read and cannot be used."""


class SearchError(TerminalError):
    """No model came out of the search."""


class PackageError(TerminalError):
    """A package is altered, incomplete or foreign."""


class SourceUnreachable(TransientError):
    """A database, bucket or host does not answer."""


class RegistryUnreachable(TransientError):
    """The MLflow server does not answer."""

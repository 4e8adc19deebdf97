"""The engine's errors as scikit-learn's tools know them: what cannot be fitted is a ValueError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from automl_tasks.errors import DataError, NightshiftError, ProblemError, SourceError

__all__ = ["UnusableInput", "value_errors"]


class UnusableInput(DataError, ValueError):
    """Rows, labels or parameters that no search can begin with."""


@contextmanager
def value_errors() -> Iterator[None]:
    """Say the engine's errors about data and parameters again as `UnusableInput`."""
    try:
        yield
    except (DataError, ProblemError, SourceError) as error:
        said: NightshiftError = error
        raise UnusableInput(said.what, where=said.where, remedy=said.remedy) from error

"""What a stage of a run left behind, or which stage is to run first."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from automl_tasks.errors import SearchError
from automl_tasks.store import Store

__all__ = ["load_result"]

Result = TypeVar("Result", bound=BaseModel)


def load_result(
    store: Store, key: str, kind: type[Result], *, run: tuple[str, str], lacks: str, remedy: str
) -> Result:
    """A stage's result.

    Parameters
    ----------
    key
        Where it is in the store.
    run
        Names of the problem and of the run.
    lacks, remedy
        What to say when it is not there.

    Raises
    ------
    SearchError
        When it is not there.
    """
    if not store.exists(key):
        raise SearchError(lacks, where=f"{run[0]}, run {run[1]!r}", remedy=remedy)
    return kind.model_validate(store.read_json(key))

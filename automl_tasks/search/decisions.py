"""What a worker decided, one JSON line a decision, written before it is carried out.

With a budget in time the clock has a say in what is fitted next; the log tells it afterwards, and
a replay follows it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from automl_tasks.store import Store

__all__ = ["Begun", "Decided", "DecisionLog", "Ended", "Line", "Why", "read_decisions"]

Why = Literal["opening", "recorded", "proposal", "folds", "fallback", "replay"]
"""A leading configuration; one ranked by its expected gain; a point of a family's search space; a
further fold of a promising trial; what is fitted past the budget; a fold of the replayed run."""

_PREFIX, _SUFFIX = "decisions-worker-", ".jsonl"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Begun(BaseModel):
    """A worker's start, its next attempt, or that of the ensemble.

    Attributes
    ----------
    surroundings
        Libraries, code and machine, on which the bits of a model may depend.
    """

    event: Literal["begun"] = "begun"
    at: str = Field(default_factory=_now)
    surroundings: dict[str, str]


class Decided(BaseModel):
    """A fold that is fitted next, and why.

    Attributes
    ----------
    elapsed, left
        Seconds since the search began, over all attempts, and until it must end.
    expected
        Seconds that the fold was expected to take; None where nothing was expected.
    gain
        Expected in a second, by what was recorded of other tables; None where that did not count.
    aim, limit
        Seconds, as a `Step` has them.
    """

    event: Literal["fold"] = "fold"
    at: str = Field(default_factory=_now)
    elapsed: float
    left: float
    trial: str
    fold: int
    family: str
    why: Why
    expected: float | None
    gain: float | None
    aim: float
    limit: float


class Ended(BaseModel):
    """Why a worker took no further decision, in a sentence."""

    event: Literal["ended"] = "ended"
    at: str = Field(default_factory=_now)
    elapsed: float
    left: float
    message: str


Line = Annotated[Begun | Decided | Ended, Field(discriminator="event")]
_LINE: TypeAdapter[Begun | Decided | Ended] = TypeAdapter(Line)


class DecisionLog:
    """Appends one worker's lines; a later attempt goes on where an earlier one was killed.

    Parameters
    ----------
    run_key
        Where the run lives in the store: ``NAME/runs/RUN``.
    worker
        Number of the worker; one process at a time writes its log.
    """

    def __init__(self, store: Store, run_key: str, worker: int) -> None:
        self._path = store.path(f"{run_key}/{_PREFIX}{worker}{_SUFFIX}")

    def write(self, line: Begun | Decided | Ended) -> None:
        """Append a line, in one call to the system."""
        content = line.model_dump_json().encode() + b"\n"
        with self._path.open("ab+") as file:
            if file.tell() and self._is_torn():
                content = b"\n" + content
            file.write(content)

    def _is_torn(self) -> bool:
        """Whether a killed attempt left half a line."""
        with self._path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"


def read_decisions(store: Store, run_key: str) -> Sequence[Begun | Decided | Ended]:
    """All workers' lines in the order of their times; what cannot be read is left out."""
    found = []
    for name in store.list(run_key):
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
            for text in store.path(f"{run_key}/{name}").read_bytes().splitlines():
                line = _line(text)
                if line is not None:
                    found.append(line)
    return sorted(found, key=lambda line: line.at)


def _line(text: bytes) -> Begun | Decided | Ended | None:
    """A line of the log; None for the half that a killed worker wrote."""
    try:
        return _LINE.validate_json(text)
    except ValidationError:
        return None

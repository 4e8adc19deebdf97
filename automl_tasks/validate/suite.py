"""The suite: a JSON file of expectations that an owner may edit."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from automl_tasks.errors import ProblemError
from automl_tasks.store import Store
from automl_tasks.validate.result import Severity

__all__ = ["Expectation", "Suite", "load_suite", "save_suite", "suite_key"]


class Expectation(BaseModel):
    """One entry of the suite.

    Attributes
    ----------
    type
        Name in Great Expectations, or one of ours (see ``validate.expectations``).
    kwargs
        Its arguments.
    severity
        critical: data that fail go to quarantine.
    note
        For people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    kwargs: dict[str, Any] = {}
    severity: Severity = "warning"
    note: str = ""

    @property
    def column(self) -> str | None:
        column = self.kwargs.get("column")
        return column if isinstance(column, str) else None


class Suite(BaseModel):
    """All expectations of a problem and the snapshot that they were inferred from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inferred_from: str
    expectations: list[Expectation]


def suite_key(name: str) -> str:
    """Key of a problem's suite in the store."""
    return f"{name}/expectations.json"


def load_suite(store: Store, name: str) -> Suite | None:
    """The stored suite; None before the first snapshot was accepted.

    Raises
    ------
    ProblemError
        When the file is not JSON or an entry is not as expected; the message names the entry.
    """
    where = str(store.path(suite_key(name)))
    remedy = "Correct the file, or delete it: the next snapshot then makes a new one"
    try:
        return Suite.model_validate(store.read_json(suite_key(name)))
    except FileNotFoundError:
        return None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ProblemError(f"is not JSON ({error})", where=where, remedy=remedy) from error
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        place = ".".join(map(str, detail["loc"])) or "the file"
        what = f"{place}: {detail['msg']} (got {str(detail['input'])[:80]!r})"
        raise ProblemError(what, where=where, remedy=remedy) from error


def save_suite(store: Store, name: str, suite: Suite) -> None:
    """Store a suite, entries without notes in short."""
    store.write_json(suite_key(name), suite.model_dump(exclude_defaults=False))

"""The problem file's JSON schema, for editors: `make schema` writes dags/problem.schema.json."""

from __future__ import annotations

import json
from typing import Any

from automl_tasks.problem.model import Problem

__all__ = ["problem_schema", "schema_text"]

# Keys that take one text in place of a list (or of a mapping).
_SHORTHANDS = ("source", "id", "protected", "ignore")


def problem_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of a problem file."""
    schema = Problem.model_json_schema()
    for key in _SHORTHANDS:
        _allow_text(schema["properties"][key])
    # Files must hold something out, see `load_problem`.
    holdout = schema["properties"]["holdout"]
    holdout["exclusiveMinimum"] = holdout.pop("minimum")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Nightshift problem",
    }


def _allow_text(field: dict[str, Any]) -> None:
    long_form = {key: field.pop(key) for key in ("type", "items") if key in field}
    field.setdefault("anyOf", [long_form]).append({"type": "string", "minLength": 1})


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(problem_schema(), indent=2) + "\n"

"""Turn pydantic's errors into sentences: the key, what was expected, what came, the nearest key."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError

from automl_tasks.nearest import nearest
from automl_tasks.problem.model import FileSource, Problem, SqlSource

__all__ = ["explain"]

_PASSWORD = re.compile(r"(://[^/\s:@]*):[^\s@]+@")
# What YAML makes of unquoted words, numbers and dates where a text was meant.
_QUOTABLE = ("bool", "int", "float", "date", "datetime")


def explain(error: ValidationError) -> str:
    """All errors of a problem file in one line."""
    return "; ".join(_explain_one(dict(detail)) for detail in error.errors(include_url=False))


def _explain_one(detail: dict[str, Any]) -> str:
    location = [str(part) for part in detail["loc"]]
    key, given = ".".join(location), detail["input"]
    if detail["type"] == "extra_forbidden":
        return _unknown_key(key, location)
    if detail["type"] == "missing":
        return f"key {key!r} is missing: {_description(location)}"
    expected = (
        str(detail["msg"])
        .removeprefix("Value error, ")
        .removeprefix("Input ")
        .removeprefix("String ")
    )
    if not key:
        return expected
    kind = type(given).__name__
    hint = ""
    if detail["type"] == "string_type" and kind in _QUOTABLE:
        hint = "; put it in quotes"
    elif detail["type"] == "string_pattern_mismatch":
        hint = f": {_description(location)}"
    elif detail["type"] == "model_type":
        expected = f"should be a mapping with keys such as {', '.join(_valid_keys(location)[:3])}"
    elif detail["type"] == "literal_error":
        hint = _nearest_choice(detail)
    article = "an" if kind[0] in "aeiou" else "a"
    # A password may stand in a URL beside the mistake.
    shown = _PASSWORD.sub(r"\1:***@", repr(given))
    return f"{key!r}: {expected} (got {shown}, {article} {kind}){hint}"


def _unknown_key(key: str, location: list[str]) -> str:
    valid = _valid_keys(location[:-1])
    near = nearest(location[-1], valid)
    hint = f"did you mean {near!r}?" if near else f"valid keys are {', '.join(valid)}"
    return f"unknown key {key!r}; {hint}"


def _nearest_choice(detail: dict[str, Any]) -> str:
    choices = re.findall(r"'([^']*)'", str(detail["ctx"]["expected"]))
    near = nearest(str(detail["input"]), choices)
    return f"; did you mean {near!r}?" if near else ""


def _model_at(location: list[str]) -> type[BaseModel] | None:
    """The model that a location's keys belong to; None within the source, which has two."""
    model: type[BaseModel] = Problem
    for part in location:
        field = model.model_fields.get(part)
        if part == "source" or field is None or not isinstance(field.annotation, type):
            return None
        if not issubclass(field.annotation, BaseModel):
            return None
        model = field.annotation
    return model


def _valid_keys(location: list[str]) -> list[str]:
    model = _model_at(location)
    models: list[type[BaseModel]] = [FileSource, SqlSource] if model is None else [model]
    return list(dict.fromkeys(name for each in models for name in each.model_fields))


def _description(location: list[str]) -> str:
    model = _model_at(location[:-1])
    field = model.model_fields.get(location[-1]) if model else None
    return (field.description if field else None) or "it is required"

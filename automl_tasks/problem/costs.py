"""Classes, and what each mistake costs, as an owner writes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

__all__ = ["ClassLabel", "Costs"]


def _as_text(value: object) -> object:
    """YAML reads a class such as 0 or 1.5 as a number; classes are known by their text."""
    return str(value) if isinstance(value, int | float | bool) else value


def _keys_as_text(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {_as_text(key): _keys_as_text(each) for key, each in value.items()}


ClassLabel = Annotated[str, BeforeValidator(_as_text)]
_Cost = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=False)]
Costs = Annotated[dict[str, dict[str, _Cost]], BeforeValidator(_keys_as_text)]

"""What each mistake costs, as an owner writes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

__all__ = ["Costs"]


def _keys_as_text(value: object) -> object:
    """YAML reads a class such as 0 or 1.5 as a number; classes are known by their text."""
    if not isinstance(value, dict):
        return value
    return {
        str(key) if isinstance(key, int | float | bool) else key: _keys_as_text(each)
        for key, each in value.items()
    }


_Cost = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=False)]
Costs = Annotated[dict[str, dict[str, _Cost]], BeforeValidator(_keys_as_text)]

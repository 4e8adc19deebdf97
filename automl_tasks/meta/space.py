"""Search spaces: the parameters of a family, mixed and conditional, as points of a unit cube."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Choice", "Dimension", "Number", "Space"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Number:
    """A number from `low` to `high`, both included."""

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def value(self, place: float) -> float | int:
        """The number at a place from 0 to 1."""
        low, high = self._ends()
        raw = low + place * (high - low)
        raw = float(np.exp(raw)) if self.log else raw
        if self.integer:
            return int(min(self.high, max(self.low, np.floor(raw))))
        return float(f"{min(self.high, max(self.low, raw)):.6g}")

    def place(self, value: Any) -> float:
        """Where a number lies; numbers beyond the ends lie at them."""
        low, high = self._ends()
        # Whole numbers each own an equal part, and lie in its middle.
        number = float(value) + (0.5 if self.integer else 0.0)
        number = max(number, self.low)
        raw = float(np.log(number)) if self.log else number
        return float(np.clip((raw - low) / (high - low), 0.0, 1.0))

    def _ends(self) -> tuple[float, float]:
        high = self.high + 1 if self.integer else self.high
        return (float(np.log(self.low)), float(np.log(high))) if self.log else (self.low, high)


@dataclass(frozen=True)
class Choice:
    """One of some values without an order."""

    options: tuple[Any, ...]

    def value(self, place: float) -> Any:
        return self.options[min(int(place * len(self.options)), len(self.options) - 1)]

    def place(self, value: Any) -> float:
        """The middle of the option's part; NaN for a value that is none."""
        if value not in self.options:
            return float("nan")
        return (self.options.index(value) + 0.5) / len(self.options)


Dimension = Number | Choice


@dataclass(frozen=True)
class Space:
    """Named dimensions.

    Parameters
    ----------
    dimensions
        By the library's names.
    conditions
        For a conditional parameter, its parent and the parent's values with which it exists;
        the parent stands before it in `dimensions`.
    fixed
        Parameters that every point has.
    """

    dimensions: Mapping[str, Dimension]
    conditions: Mapping[str, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def params(self, point: Floats) -> dict[str, Any]:
        """The parameters at a point of the unit cube; inactive ones are absent."""
        found: dict[str, Any] = dict(self.fixed)
        for (name, dimension), place in zip(self.dimensions.items(), point, strict=True):
            if self._active(name, found):
                found[name] = dimension.value(float(place))
        return found

    def point(self, params: Mapping[str, Any]) -> Floats:
        """Where parameters lie: (d,), NaN where a dimension is inactive or not given."""
        return np.array(
            [
                dimension.place(params[name])
                if name in params and self._active(name, params)
                else np.nan
                for name, dimension in self.dimensions.items()
            ]
        )

    def snapped(self, points: Floats) -> Floats:
        """Points as a surrogate shall see them: one place for each value, -1 where inactive."""
        return np.array([self.point(self.params(each)) for each in points]).reshape(points.shape)

    def _active(self, name: str, params: Mapping[str, Any]) -> bool:
        if name not in self.conditions:
            return True
        parent, values = self.conditions[name]
        return params.get(parent) in values

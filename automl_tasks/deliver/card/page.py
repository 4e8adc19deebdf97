"""What a card consists of, whatever it is written as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Cell", "Chart", "Line", "Page", "Section", "Table", "number", "percent", "span"]

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """Rows of cells.

    Attributes
    ----------
    bar
        Column whose numbers are also shown as bars, where the page can draw; None: none.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bar: int | None = None


@dataclass(frozen=True)
class Line:
    """Points that belong together.

    Attributes
    ----------
    guide
        Where the others would lie if x and y were the same: drawn, and told in no table.
    """

    name: str
    points: Sequence[tuple[float, float]]
    guide: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture of a few lines; where the page cannot draw, the caption stands alone."""

    caption: str
    x: str
    y: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it; one without any of it is left out of the page."""

    title: str
    paragraphs: Sequence[str] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    sections: Sequence[Section] = ()

    @property
    def empty(self) -> bool:
        """Nothing stands below the heading."""
        return not (self.paragraphs or self.tables or self.charts or self.filled)

    @property
    def filled(self) -> list[Section]:
        """The sections below it that have content."""
        return [each for each in self.sections if not each.empty]


@dataclass(frozen=True)
class Page:
    """The whole card."""

    title: str
    summary: Sequence[str]
    sections: Iterable[Section] = field(default=())

    @property
    def filled(self) -> list[Section]:
        """The sections that have content."""
        return [each for each in self.sections if not each.empty]


def number(value: float | None, digits: int = 4) -> str:
    """A number as a person writes it; a dash for none."""
    if value is None or value != value:  # noqa: PLR0124 (NaN)
        return "-"
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{int(value):,}"
    return f"{value:,.{digits}g}"


def percent(value: float | None) -> str:
    """A share of one in percent; a dash for none."""
    return "-" if value is None else f"{100 * value:.1f} %"


def span(low: float | None, high: float | None, digits: int = 3) -> str:
    """The ends of an interval."""
    return f"{number(low, digits)} to {number(high, digits)}"

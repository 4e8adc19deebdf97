"""Curves against seconds as a picture: both axes logarithmic, a line at 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 780, 460
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 40, 44
LABEL_GAP = 14
COLOURS = ("#2563eb", "#16a34a", "#9333ea", "#0891b2", "#ca8a04", "#be185d", "#4d7c0f", "#64748b")
BOLD = "#c2410c"


@dataclass(frozen=True)
class Curve:
    """Values by seconds."""

    name: str
    values: dict[int, float]
    bold: bool = False


@dataclass(frozen=True)
class Axes:
    """From seconds and values to points of the picture."""

    first: float
    last: float
    low: float
    high: float

    def x(self, seconds: float) -> float:
        share = math.log(seconds / self.first) / (math.log(self.last / self.first) or 1.0)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def picture(curves: Sequence[Curve], title: str) -> str:
    """An SVG of the curves that have values, each named at its end."""
    shown = [curve for curve in curves if curve.values]
    if not shown:
        return f'<svg xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title></svg>\n'
    seconds = sorted({each for curve in shown for each in curve.values})
    values = [max(value, 1e-3) for curve in shown for value in curve.values.values()]
    axes = Axes(seconds[0], seconds[-1], 0.95 * min(1.0, *values), 1.05 * max(1.0, *values))
    parts = [text(16, 22, title, "bold"), *grid(axes, seconds)]
    for at, curve in enumerate(shown):
        parts.append(line(curve, axes, BOLD if curve.bold else COLOURS[at % len(COLOURS)]))
    parts += names(shown, axes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12">\n<title>{escape(title)}</title>\n'
        '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def grid(axes: Axes, seconds: Sequence[int]) -> list[str]:
    parts = []
    for each in seconds:
        parts.append(rule(axes.x(each), TOP, axes.x(each), HEIGHT - BOTTOM, "#e2e8f0"))
        parts.append(text(axes.x(each) - 10, HEIGHT - BOTTOM + 18, f"{each} s"))
    for value in (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 4.0):
        if axes.low <= value <= axes.high:
            colour = "#475569" if value == 1.0 else "#e2e8f0"
            parts.append(rule(LEFT, axes.y(value), WIDTH - RIGHT, axes.y(value), colour))
            parts.append(text(24, axes.y(value) + 4, f"{value:g}"))
    return parts


def line(curve: Curve, axes: Axes, colour: str) -> str:
    points = " ".join(
        f"{axes.x(seconds):.1f},{axes.y(value):.1f}"
        for seconds, value in sorted(curve.values.items())
    )
    width = 4 if curve.bold else 1.5
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def names(curves: Sequence[Curve], axes: Axes) -> list[str]:
    """Each curve's name beside its end, moved down where it would cover another."""
    ends = sorted((axes.y(curve.values[max(curve.values)]), curve.name) for curve in curves)
    bold = {curve.name for curve in curves if curve.bold}
    parts, free = [], 0.0
    for wanted, name in ends:
        y = max(wanted + 4, free)
        free = y + LABEL_GAP
        parts.append(text(WIDTH - RIGHT + 8, y, name, "bold" if name in bold else "normal"))
    return parts


def rule(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="{colour}"/>'


def text(x: float, y: float, content: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}">{escape(content)}</text>'

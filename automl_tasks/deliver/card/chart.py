"""A small line chart as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from automl_tasks.deliver.card.page import Chart, number

__all__ = ["draw"]

_WIDTH, _HEIGHT = 300, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 8, 8, 34
_COLOURS = ("--one", "--two", "--three")

Range = tuple[float, float]


def draw(chart: Chart) -> str:
    """A figure with its caption."""
    points = [point for line in chart.lines for point in line.points]
    across, up = (_range([point[axis] for point in points]) for axis in (0, 1))
    marks = "".join(_marks(chart, across, up))
    caption = escape(chart.caption)
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" aria-label="{caption}">{marks}</svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _marks(chart: Chart, across: Range, up: Range) -> Iterator[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    yield (
        f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="var(--line)"/>'
        f'<text x="{_LEFT}" y="{bottom + 14}">{number(across[0], 3)}</text>'
        f'<text x="{right}" y="{bottom + 14}" text-anchor="end">{number(across[1], 3)}</text>'
        f'<text x="{(_LEFT + right) / 2}" y="{bottom + 28}" text-anchor="middle">'
        f"{escape(chart.x)}</text>"
        f'<text x="{_LEFT - 4}" y="{bottom}" text-anchor="end">{number(up[0], 3)}</text>'
        f'<text x="{_LEFT - 4}" y="{_TOP + 9}" text-anchor="end">{number(up[1], 3)}</text>'
    )
    for place, line in enumerate(chart.lines):
        colour = _COLOURS[place % len(_COLOURS)]
        ends = [f"{_x(x, across):.1f},{_y(y, up):.1f}" for x, y in line.points]
        yield (
            f'<polyline points="{" ".join(ends)}" fill="none" stroke="var({colour})" '
            'stroke-width="1.8"/>'
        )
        if len(chart.lines) > 1:
            yield (
                f'<text x="{_LEFT + 8}" y="{_TOP + 12 + 13 * place}" '
                f'style="fill:var({colour})">{escape(line.name)}</text>'
            )


def _range(values: list[float]) -> Range:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _x(value: float, across: Range) -> float:
    return _LEFT + (value - across[0]) / (across[1] - across[0]) * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, up: Range) -> float:
    return _HEIGHT - _BOTTOM - (value - up[0]) / (up[1] - up[0]) * (_HEIGHT - _TOP - _BOTTOM)

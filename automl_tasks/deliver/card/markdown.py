"""The card as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from automl_tasks.deliver.card.page import Cell, Chart, Page, Section, Table, number

__all__ = ["as_markdown"]

_SPECIAL = str.maketrans({each: f"\\{each}" for each in "\\`*_{}[]<>|#"})


def as_markdown(page: Page) -> str:
    """The text of a page; charts become tables."""
    lines = [f"# {_text(page.title)}", "", *_paragraphs(page.summary)]
    for section in page.filled:
        lines += _section(section, depth=2)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section, depth: int) -> Iterator[str]:
    yield from (f"{'#' * depth} {_text(section.title)}", "")
    yield from _paragraphs(section.paragraphs)
    for table in section.tables:
        yield from _table(table)
    for chart in section.charts:
        yield from _chart(chart)
    for inner in section.filled:
        yield from _section(inner, depth + 1)


def _paragraphs(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from (_text(text), "")


def _table(table: Table) -> Iterator[str]:
    yield _row(list(table.columns))
    yield _row(["---"] * len(table.columns), raw=True)
    yield from (_row(list(row)) for row in table.rows)
    yield ""


def _chart(chart: Chart) -> Iterator[str]:
    """A chart as a table of its points."""
    yield from (f"{_text(chart.caption)}:", "")
    lines = [line for line in chart.lines if not line.guide]
    names = [line.name for line in lines]
    points = [dict(line.points) for line in lines]
    places = dict.fromkeys(x for line in lines for x, _ in line.points)
    rows = [[x, *[each.get(x) for each in points]] for x in places]
    yield from _table(Table([chart.x, *names], rows))


def _row(cells: list[Cell], *, raw: bool = False) -> str:
    shown = [str(cell) if raw else _text(_shown(cell)) for cell in cells]
    return f"| {' | '.join(shown)} |"


def _shown(cell: Cell) -> str:
    return cell if isinstance(cell, str) else number(cell)


def _text(text: str) -> str:
    """Names of columns and levels are the owner's: none may turn into markup."""
    return " ".join(text.split()).translate(_SPECIAL)

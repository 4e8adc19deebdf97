"""The card as one HTML file that needs nothing else: no script, font or picture from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from automl_tasks.deliver.card.chart import draw
from automl_tasks.deliver.card.page import Cell, Page, Section, Table, number

__all__ = ["as_html"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2430; --soft: #667085; --line: #d8dce5;
  --paper: #ffffff; --bar: #cfe0fb; --one: #1f6feb; --two: #d9730d; --three: #2f9e6e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #3a4150;
  --paper: #14171d; --bar: #25406b; --one: #6ea8fe; --two: #f0a35e; --three: #63c99d; } }
body { font: 15px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem;
  border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; } p { margin: .45rem 0; max-width: 48rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .6rem 0 1rem; }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } th { color: var(--soft); font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar { background: linear-gradient(to right, var(--bar) var(--share), transparent var(--share)); }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; }
figcaption { color: var(--soft); font-size: .85rem; max-width: 20rem; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
"""


def as_html(page: Page) -> str:
    """The text of a page."""
    body = [f"<h1>{_text(page.title)}</h1>", *_paragraphs(page.summary)]
    for section in page.filled:
        body += _section(section, depth=2)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(page.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _section(section: Section, depth: int) -> Iterator[str]:
    yield f"<h{depth}>{_text(section.title)}</h{depth}>"
    yield from _paragraphs(section.paragraphs)
    for table in section.tables:
        yield from _table(table)
    if section.charts:
        yield f'<div class="charts">{"".join(map(draw, section.charts))}</div>'
    for inner in section.filled:
        yield from _section(inner, depth + 1)


def _paragraphs(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield f"<p>{_text(text)}</p>"


def _table(table: Table) -> Iterator[str]:
    numeric = [
        all(not isinstance(row[at], str) for row in table.rows) for at in range(len(table.columns))
    ]
    greatest = _greatest(table)
    yield '<div class="wide"><table><thead><tr>'
    for at, name in enumerate(table.columns):
        yield f'<th class="n">{_text(name)}</th>' if numeric[at] else f"<th>{_text(name)}</th>"
    yield "</tr></thead><tbody>"
    for row in table.rows:
        cells = [
            _cell(cell, numeric[at], greatest if at == table.bar else 0.0)
            for at, cell in enumerate(row)
        ]
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"


def _greatest(table: Table) -> float:
    if table.bar is None:
        return 0.0
    values = [row[table.bar] for row in table.rows]
    return max([abs(each) for each in values if isinstance(each, int | float)], default=0.0)


def _cell(cell: Cell, numeric: bool, greatest: float) -> str:
    if isinstance(cell, str):
        return f"<td>{_text(cell)}</td>"
    classes, style = ["n"] if numeric else [], ""
    if greatest > 0 and cell is not None:
        classes.append("bar")
        style = f' style="--share:{100 * abs(cell) / greatest:.0f}%"'
    return f'<td class="{" ".join(classes)}"{style}>{_text(number(cell))}</td>'


def _text(text: str) -> str:
    return escape(text)

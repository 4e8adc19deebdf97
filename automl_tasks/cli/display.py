"""What a person in a terminal sees: live progress there, plain lines everywhere else."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

__all__ = ["SearchProgress", "console", "facts_table", "seconds_text", "table"]

console = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)


def seconds_text(seconds: float) -> str:
    """``75`` as ``1:15``."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def table(title: str, columns: list[str], rows: list[list[str]], *, prose: bool = False) -> Table:
    """A table whose first column is text; the others hold numbers, or sentences (`prose`)."""
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for position, column in enumerate(columns):
        drawn.add_column(column, justify="left" if prose or position == 0 else "right")
    for row in rows:
        # Names of columns and levels may look like markup.
        drawn.add_row(*map(Text, row))
    return drawn


def facts_table(title: str, facts: list[list[str]]) -> Table:
    """A table of names and values without a header."""
    drawn = table(title, ["", ""], facts, prose=True)
    drawn.show_header = False
    return drawn


class SearchProgress:
    """Shows a search's ``progress.json`` as it changes: stage, elapsed, budget left, best score.

    Parameters
    ----------
    out
        Where to draw; standard error by default, so that ``--json`` stays clean.
    """

    def __init__(self, out: Console | None = None) -> None:
        self._console = out or messages
        self._live = self._console.is_terminal and sys.platform != "emscripten"
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[facts]}"),
            console=self._console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._said: tuple[object, ...] = ()

    def __enter__(self) -> SearchProgress:
        if self._live:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._progress.stop()

    def update(self, progress: dict[str, Any]) -> None:
        """Show one state; in plain mode a line only when a trial ended or the stage changed."""
        if self._live:
            self._draw(progress)
            return
        news = (progress.get("stage"), progress.get("trials"), progress.get("failed"))
        if news != self._said:
            self._said = news
            self._console.print(f"  {progress.get('stage', '')}: {_facts(progress)}")

    def _draw(self, progress: dict[str, Any]) -> None:
        # A replay ends when its folds are fitted again: of its budget nothing is to be told.
        total = None if progress.get("replays") else float(progress.get("budget_seconds") or 1)
        if self._task is None:
            self._task = self._progress.add_task("", total=total, facts="")
        elapsed = float(progress.get("elapsed_seconds") or 0)
        self._progress.update(
            self._task,
            description=str(progress.get("stage", "")),
            total=total,
            completed=elapsed if total is None else min(total, elapsed),
            facts=_facts(progress),
        )


def _facts(progress: dict[str, Any]) -> str:
    elapsed = float(progress.get("elapsed_seconds") or 0)
    facts = [f"{seconds_text(elapsed)} elapsed"]
    if not progress.get("replays"):
        left = float(progress.get("budget_seconds") or 0) - elapsed
        facts.append(f"{seconds_text(left)} left")
    facts.append(f"{progress.get('trials') or 0} trials")
    if progress.get("failed"):
        facts.append(f"{progress['failed']} failed")
    if progress.get("best") is not None:
        facts.append(_best(progress))
    return ", ".join(facts)


def _best(progress: dict[str, Any]) -> str:
    """The best trial of all folds; before there is one, what the first folds say so far."""
    score = f"{progress.get('metric')} {float(progress['best']):.5g}"
    done, folds = progress.get("best_folds") or (1, 1)
    return f"best {score}" if done >= folds else f"{score} on {done} of {folds} folds so far"

"""The subcommands of ``nightshift`` and their arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from automl_tasks.cli import commands, show
from automl_tasks.store import Store

__all__ = ["COMMANDS", "Command"]


@dataclass(frozen=True)
class Command:
    """A subcommand: what it is called, what it does, and how a person reads its result.

    Attributes
    ----------
    of_model
        It is given a registered model in place of a problem, and needs no problem file.
    """

    name: str
    help: str
    run: Callable[[Any, Store, argparse.Namespace], Any]
    show: Callable[[Any], None]
    add_arguments: Callable[[argparse.ArgumentParser], None] = lambda _: None
    of_model: bool = False


def _search_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, help="budget, in place of the problem file's")
    parser.add_argument("--metric", help="metric, in place of the problem file's")
    parser.add_argument("--reason", default="", help="why this search runs; kept with the run")
    parser.add_argument("--window-rows", type=int, help="train on the newest rows only")
    parser.add_argument("--run", help="id of the run; an unfinished run of this id goes on")


def _promote_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--version", type=int, help="default: the challenger")
    parser.add_argument("--dry-run", action="store_true", help="decide, but move no alias")
    parser.add_argument("--approve", action="store_true", help="as the approver of promotions")


def _run_arguments(parser: argparse.ArgumentParser) -> None:
    _search_arguments(parser)
    _promote_arguments(parser)
    parser.add_argument("--no-report", action="store_true", help="without Evidently's report")


def _add(*flags: str, **settings: Any) -> Callable[[argparse.ArgumentParser], None]:
    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(*flags, **settings)

    return add


COMMANDS = (
    Command(
        "inspect",
        "show what is inferred from the data, without keeping anything",
        commands.inspect,
        show.inspected,
        _add("--minutes", type=float, help="budget, in place of the problem file's"),
    ),
    Command("prepare", "ingest, validate and publish a snapshot", commands.prepare, show.prepared),
    Command(
        "search",
        "find and register a challenger",
        commands.search,
        show.searched,
        _search_arguments,
    ),
    Command(
        "replay",
        "fit a run's folds again as they were, and say whether the same model comes out",
        commands.replay,
        show.replayed,
        _add("of", metavar="RUN", help="id of the run; it goes into RUN-replay"),
    ),
    Command(
        "promote",
        "make the challenger champion if it is better",
        commands.promote,
        show.promoted,
        _promote_arguments,
    ),
    Command(
        "rollback",
        "put an earlier champion back",
        commands.rollback,
        show.promoted,
        _add("--to", type=int, help="version; default: the previous champion"),
    ),
    Command("history", "who is and was champion, and why", commands.history, show.history),
    Command(
        "verify",
        "check a registered model's files and signature, without loading it",
        commands.verify,
        show.verified,
        of_model=True,
    ),
    Command(
        "score",
        "predict and log the rows that the champion has not seen",
        commands.score,
        show.scored,
    ),
    Command(
        "monitor",
        "judge the champion on the labels that have arrived",
        commands.monitor,
        show.monitored,
        _add("--no-report", action="store_true", help="without Evidently's report"),
    ),
    Command(
        "explain",
        "what the monitor decided, and why",
        commands.explain,
        show.explained,
        _add(
            "decision",
            metavar="DECISION",
            nargs="?",
            default="latest",
            help="first digits of its id; default: latest",
        ),
    ),
    Command(
        "reasons",
        "what a model goes by, and why it won",
        commands.reasons,
        show.reasons,
        _add("of", metavar="RUN", nargs="?", help="default: the champion's"),
    ),
    Command("run", "the whole chain once", commands.run, show.ran, _run_arguments),
    Command("status", "where the problem stands", commands.status, show.status),
)

"""Arguments in, one command called, an exit code out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from automl_tasks.cli.display import messages
from automl_tasks.cli.table import COMMANDS, Command
from automl_tasks.errors import NightshiftError, ProblemError, TransientError
from automl_tasks.problem import Problem, load_problem
from automl_tasks.settings import current_settings, problem_files
from automl_tasks.store import open_store

__all__ = ["main"]

_TERMINAL, _TRANSIENT, _INTERRUPTED = 1, os.EX_TEMPFAIL, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0 for success, 1 for an error that a person must mend, 75 for one that may pass by itself,
        130 when interrupted.
    """
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        subject = options.problem if command.of_model else find_problem(options.problem)
        result = command.run(subject, open_store(current_settings().store_url), options)
    except NightshiftError as error:
        messages.print(f"error: {error}", markup=False, style="red")
        return _TRANSIENT if isinstance(error, TransientError) else _TERMINAL
    except KeyboardInterrupt:
        messages.print("stopped; what was finished is kept", markup=False)
        return _INTERRUPTED
    if options.json:
        sys.stdout.write(json.dumps(_plain(result), indent=2) + "\n")
    else:
        command.show(result)
    return 0


def find_problem(given: str) -> Problem:
    """Load a problem by the path of its file or by its name."""
    path = Path(given)
    if path.suffix in {".yaml", ".yml"} or path.exists():
        return load_problem(path)
    known = problem_files()
    if given not in known:
        raise ProblemError(
            f"no problem is called {given!r}",
            remedy=f"Known: {', '.join(known) or 'none'}; or give the path of a .yaml file",
        )
    return load_problem(known[given])


def _plain(result: Any) -> Any:
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json")
    if isinstance(result, dict):
        return {key: _plain(value) for key, value in result.items()}
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nightshift",
        description="From a table to a monitored champion: the chain without Airflow.",
    )
    commanded = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        sub = commanded.add_parser(command.name, help=command.help, description=command.help)
        if command.of_model:
            given = "NAME (its champion), NAME@ALIAS or NAME/VERSION of a registered model"
            sub.add_argument("problem", metavar="MODEL", help=given)
        else:
            sub.add_argument("problem", metavar="PROBLEM", help="a problem's file or name")
        sub.add_argument("--json", action="store_true", help="print the result as JSON")
        command.add_arguments(sub)
        sub.set_defaults(command=command)
    return parser

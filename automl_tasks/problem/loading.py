"""Read a problem file: YAML, then the model, then paths and environment variables."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from automl_tasks.errors import ProblemError
from automl_tasks.nearest import nearest
from automl_tasks.problem.explain import explain
from automl_tasks.problem.model import FileSource, Problem, Source

__all__ = ["load_problem"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def load_problem(path: str | Path) -> Problem:
    """Read a problem file.

    Relative source paths are resolved against the file's folder, ``${VARIABLE}`` in the source
    against the environment.

    Raises
    ------
    ProblemError
        Naming the file, the key, what was expected, what came and the nearest valid key.
    """
    path = Path(path)
    content = _read_yaml(path)
    if not isinstance(content, dict):
        raise ProblemError(
            f"must be a mapping (got {type(content).__name__})",
            where=str(path),
            remedy="Start with three lines: name, source, target",
        )
    try:
        problem = Problem.model_validate(content)
    except ValidationError as error:
        raise ProblemError(explain(error), where=str(path)) from error
    if problem.name != path.stem:
        raise ProblemError(
            f"'name' must equal the file's name {path.stem!r} (got {problem.name!r})",
            where=str(path),
            remedy=f"Rename the file to {problem.name}.yaml or the problem to {path.stem}",
        )
    _check_holdout(problem, path)
    return problem.model_copy(update={"source": _located(problem.source, path)})


def _check_holdout(problem: Problem, path: Path) -> None:
    """A nightly run promotes by the holdout; only the Python API can do without."""
    if problem.holdout == 0:
        raise ProblemError(
            "'holdout' is 0, and a new model is compared with the champion on the held-out rows",
            where=str(path),
            remedy="Hold out a share of the rows, such as 0.15",
        )


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML's safe loader, which would take the last of two equal keys without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                mark = key.start_mark
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key.value!r} is given twice", mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> object:
    try:
        # Not a risk: a subclass of SafeLoader builds plain values only.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506
    except FileNotFoundError as error:
        raise ProblemError("no such file", where=str(path), remedy=_nearest_file(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(f"cannot be read ({error})", where=str(path)) from error
    except yaml.YAMLError as error:
        place = " ".join(str(error).replace('"<unicode string>", ', "").split())
        raise ProblemError(f"is not valid YAML: {place}", where=str(path)) from error


def _nearest_file(path: Path) -> str:
    names = sorted(entry.name for entry in path.parent.glob("*.yaml"))
    near = nearest(path.name, names)
    if near:
        return f"Did you mean {path.parent / near}?"
    return f"There are: {', '.join(names)}" if names else "Give the path of a problem file"


def _located(source: Source, path: Path) -> Source:
    """The source with variables filled in and its path absolute."""
    values: dict[str, Any] = {
        key: _expand(value, path) if isinstance(value, str) else value
        for key, value in source.model_dump().items()
    }
    if isinstance(source, FileSource) and "://" not in values["path"]:
        values["path"] = str(path.resolve().parent / Path(values["path"]).expanduser())
    return type(source).model_validate(values)


def _expand(text: str, path: Path) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ProblemError(
                f"'source' names ${{{name}}}, which is not set in the environment",
                where=str(path),
                remedy=f"Set {name} where Airflow's scheduler (or your shell) starts",
            )
        return os.environ[name]

    return _VARIABLE.sub(value, text)

"""The steps that a problem file demands: read, checked, made into transformers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from automl_tasks.errors import ProblemError
from automl_tasks.nearest import did_you_mean
from automl_tasks.problem import Role

from ._base import Step
from .arithmetic import Difference, Log, Ratio
from .custom import Custom, load_class
from .group_mean import GroupMean

__all__ = ["build_steps", "check_steps", "step_columns"]

_KINDS = ("log", "ratio", "difference", "group_mean", "class")
_EXAMPLES = {
    "log": "log: [income, debt]",
    "ratio": "ratio: [debt, income]",
    "difference": "difference: [high, low]",
    "group_mean": "group_mean: {by: city, of: income}",
    "class": "class: nightshift_steps.text.Stems, params: {language: en}",
}


def build_steps(steps: Iterable[dict[str, Any]]) -> list[Step]:
    """Unfitted transformers of the problem's ``steps``, in their order.

    Raises
    ------
    ProblemError
        On an unknown step or one whose content has the wrong form, with an example.
    """
    return [_build(position, step) for position, step in enumerate(steps, start=1)]


def check_steps(steps: Sequence[dict[str, Any]], columns: Iterable[str]) -> None:
    """Check names of steps and columns before any data are fitted.

    A step may use what an earlier one adds. What an owner's class adds is known only when it
    runs, so columns are not checked behind one.

    Raises
    ------
    ProblemError
        Naming the step, the column and the nearest one that exists.
    """
    known = set(columns)
    for position, step in enumerate(build_steps(steps), start=1):
        if isinstance(step, Custom):
            load_class(step.path)
            return
        for name in step.columns or ():
            if name not in known:
                raise ProblemError(
                    f"names column {name!r}, which is not there",
                    where=f"steps[{position}]",
                    remedy=did_you_mean(name, known),
                )
        known |= _added(step)


def step_columns(steps: Iterable[dict[str, Any]]) -> dict[str, Role]:
    """Columns that the steps read, with the role to read them in where they have no other."""
    roles: dict[str, Role] = {}
    for step in build_steps(steps):
        for name in step.columns or ():
            grouping = isinstance(step, GroupMean) and name == step.by
            roles.setdefault(name, "categorical" if grouping else "numeric")
    return roles


def _added(step: Step) -> set[str]:
    columns = step.columns or []
    if isinstance(step, Log):
        return {f"log({name})" for name in columns}
    if isinstance(step, Ratio):
        return {"/".join(columns)}
    if isinstance(step, Difference):
        return {"-".join(columns)}
    return {f"mean({step.of} by {step.by})"} if isinstance(step, GroupMean) else set()


def _build(position: int, step: dict[str, Any]) -> Step:
    where = f"steps[{position}]"
    kind = "class" if "class" in step else next(iter(step), "")
    if kind not in _KINDS:
        raise ProblemError(
            f"unknown step {kind!r}", where=where, remedy=did_you_mean(str(kind), _KINDS)
        )
    surplus = set(step) - ({"class", "params"} if kind == "class" else {kind})
    if surplus:
        raise ProblemError(
            f"unknown key {sorted(surplus)[0]!r} beside {kind!r}",
            where=where,
            remedy="Each step is an entry of its own in the list",
        )
    made = _make(kind, step)
    if made is None:
        raise ProblemError(
            f"{kind!r} cannot be {step[kind]!r}", where=where, remedy=f"Write {_EXAMPLES[kind]}"
        )
    return made


def _make(kind: str, step: dict[str, Any]) -> Step | None:
    """The step, or None when its content has the wrong form."""
    content = step[kind]
    if kind == "class":
        params = step.get("params", {})
        return Custom(content, params) if _is_text(content) and isinstance(params, dict) else None
    if kind == "group_mean":
        fits = isinstance(content, dict) and set(content) == {"by", "of"}
        return GroupMean(**content) if fits and all(map(_is_text, content.values())) else None
    columns = [content] if kind == "log" and isinstance(content, str) else content
    if not isinstance(columns, list | tuple) or not all(map(_is_text, columns)):
        return None
    if kind == "log":
        return Log(list(columns)) if columns else None
    if len(columns) != 2:
        return None
    return Ratio(list(columns)) if kind == "ratio" else Difference(list(columns))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)

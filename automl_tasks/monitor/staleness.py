"""Measures what age costs: quick models with new and with old rows, on each window of labels.

Each window is measured once, the first time that its labels are there, and kept with its quick
model, which later windows meet as an older one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from automl_tasks.assess.slices.row_losses import learned_losses
from automl_tasks.monitor.parquet import as_parquet
from automl_tasks.monitor.payoff import (
    AGES,
    Pairs,
    Payoff,
    Saving,
    Savings,
    judge_payoff,
    measure_saving,
)
from automl_tasks.monitor.shadows import (
    KnownRows,
    ShadowFailure,
    champion_shadow,
    keep_models,
    shadow_process,
    train_shadows,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from automl_tasks.search import Plan
    from automl_tasks.search.process import ModelProcess
    from automl_tasks.store import Store

__all__ = ["MeasuredWindow", "Staleness", "measure_staleness"]

_RECENT = 8  # windows, whose fresh models say what loss is usual
_MOST_JUDGED = 20_000
_LATE = 0.05  # of a window's rows, the oldest, where others came between them
_KINDS = ("all_rows", "as_many")
_WINDOW = "window.json"


class MeasuredWindow(BaseModel):
    """One window of labelled rows, measured.

    Attributes
    ----------
    number
        From 0, in the order of measuring.
    version
        Champion at that time.
    rows, known_rows, champion_rows
        Of the window, known before it, and learned by the champion.
    as_many
        Rows of the models that are compared at equal size: the first champion's.
    loss
        Mean loss of the fresh model: log loss, or squared, absolute or pinball error.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    version: int
    rows: int
    known_rows: int
    champion_rows: int
    as_many: int
    loss: float
    savings: Savings


@dataclass(frozen=True)
class Staleness:
    """All windows that were measured, the oldest first, and those of the present champion."""

    windows: list[MeasuredWindow]
    version: int
    failure: str | None = None

    @property
    def own(self) -> list[MeasuredWindow]:
        """The windows on which the present champion was compared."""
        return [each for each in self.windows if each.version == self.version]

    def payoff(self, cost: float) -> Payoff | None:
        """Whether a retrain pays; None before anything was measured.

        Parameters
        ----------
        cost
            Of a retrain, in losses of one window.
        """
        if not self.own:
            return None
        newest = self.own[-1]
        return judge_payoff(
            [each.savings for each in self.windows],
            [each.savings for each in self.own],
            cost=cost,
            growth=(newest.known_rows + newest.rows) / newest.champion_rows,
        )


def measure_staleness(
    store: Store,
    plan: Plan,
    version: int,
    known: KnownRows,
    judged: Sequence[str],
    *,
    min_rows: int,
) -> Staleness:
    """Measure the rows that have not been measured yet; fewer than a window's wait for more.

    Parameters
    ----------
    plan
        Of the champion's search.
    known
        All rows whose label is known by now.
    judged
        Ids of those that the champion has predicted, in the order of time.
    min_rows
        Of a window.
    """
    name = plan.problem.name
    with store.lock(f"{name}/staleness"):
        windows = _windows(store, name)
        new = _not_measured(store, name, judged)
        if len(new) < min_rows:
            return Staleness(windows, version)
        try:
            with shadow_process(store, plan) as process:
                measured = _measure(store, plan, version, known, process, new=new, windows=windows)
        except ShadowFailure as failure:
            return Staleness(windows, version, str(failure))
        return Staleness([*windows, measured], version)


def _windows(store: Store, name: str) -> list[MeasuredWindow]:
    return [
        MeasuredWindow.model_validate(store.read_json(f"{_folder(name)}/{each}/{_WINDOW}"))
        for each in store.list(_folder(name))
    ]


def _not_measured(store: Store, name: str, judged: Sequence[str]) -> list[str]:
    done: set[str] = set()
    for each in store.list(_folder(name)):
        path = store.path(f"{_folder(name)}/{each}/ids.parquet")
        done.update(pd.read_parquet(path)["row_id"])
    return [each for each in judged if each not in done]


def _measure(
    store: Store,
    plan: Plan,
    version: int,
    known: KnownRows,
    process: ModelProcess,
    *,
    new: list[str],
    windows: list[MeasuredWindow],
) -> MeasuredWindow:
    """Train, compare and keep."""
    number, name = len(windows), plan.problem.name
    as_many = windows[0].as_many if windows else None
    champion = champion_shadow(store, plan, version, as_many, process)
    before, window = _parts(known, known.only(new), plan)
    if set(champion.models) != set(_KINDS) or not len(before) or not len(window):
        raise ShadowFailure("too few labels of two classes are older than the newest rows")
    as_many = as_many or len(champion.ids)
    half = window[: len(window) // 2]
    sets = {
        "all_rows": before,
        "as_many": before[-as_many:],
        "newest": np.concatenate([before, half]),
        "alone": half,
    }
    ages = [age for age in AGES if number - age >= 0]
    elders = {
        f"{kind} {age}": f"{_folder(name)}/{number - age:05d}/{kind}"
        for kind in _KINDS
        for age in ages
    } | {f"{kind} champion": champion.models[kind] for kind in _KINDS}
    judged = window[:: -(-len(window) // _MOST_JUDGED)]
    with train_shadows(
        store, plan, known, process, sets=sets, judged=judged, kept=half, elders=[*elders.values()]
    ) as (folder, said):
        if not set(_KINDS) <= set(said):
            raise ShadowFailure("the rows before the newest ones have one class only")
        named = {f"elder_{at}": kind for at, kind in enumerate(elders)}
        y = known.y[judged]
        losses = {named.get(each, each): learned_losses(plan, y, p) for each, p in said.items()}
        weight = None if known.weight is None else known.weight[judged]
        own_loss = float(np.average(losses["all_rows"], weights=weight))
        usual = [*(each.loss for each in windows[1 - _RECENT :]), own_loss]
        measured = MeasuredWindow(
            number=number,
            version=version,
            rows=len(window),
            known_rows=len(before),
            champion_rows=len(champion.ids),
            as_many=as_many,
            loss=usual[-1],
            savings=_savings(
                losses,
                math.fsum(usual) / len(usual),
                weight,
                learned=not set(known.ids[before]) <= champion.ids,
                second_half=~np.isin(judged, half),
            ),
        )
        ids = as_parquet(pd.DataFrame({"row_id": new}))
        files = {"ids.parquet": ids, _WINDOW: measured.model_dump_json().encode()}
        keep_models(store, f"{_folder(name)}/{number:05d}", folder, _KINDS, files)
    return measured


def _parts(
    known: KnownRows, window: NDArray[np.int64], plan: Plan
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the rows that were known before the window, oldest first, and of the window.

    Rows whose label came much later than those of their time are not judged: a fresh model knows
    what followed them. Without a time column no order says what was known when, so all other rows
    count as before.
    """
    inside = np.isin(known.usable, window)
    if plan.problem.time is None or not len(window):
        return known.usable[~inside], window
    begin = int(inside.argmax())
    if not inside[begin:].all():
        begin = int(np.quantile(np.flatnonzero(inside), _LATE))
    rows = known.usable[begin:]
    return known.usable[:begin][~inside[:begin]], rows[inside[begin:]]


def _savings(
    losses: dict[str, NDArray[np.float64]],
    usual: float,
    weight: NDArray[np.float64] | None,
    *,
    learned: bool,
    second_half: NDArray[np.bool_],
) -> Savings:
    """Compare the losses of all models on one window; what did not predict is left out.

    Parameters
    ----------
    usual
        Mean loss of fresh models on the last windows.
    learned
        Whether a fresh model knows rows that the champion does not.
    """

    def saving(old: str, fresh: str, rows: NDArray[np.bool_]) -> Saving | None:
        if old not in losses or fresh not in losses:
            return None
        weights = None if weight is None else weight[rows]
        return measure_saving(losses[old][rows], losses[fresh][rows], usual, weights)

    def pairs(kind: str) -> Pairs:
        every = np.ones_like(second_half)
        found = {age: saving(f"{kind} {age}", kind, every) for age in AGES}
        return Pairs(
            champion=saving(f"{kind} champion", kind, every) if learned else None,
            by_age={age: each for age, each in found.items() if each is not None},
        )

    return Savings(
        all_rows=pairs("all_rows"),
        as_many=pairs("as_many"),
        newest=saving("all_rows champion", "newest", second_half),
        alone=saving("all_rows champion", "alone", second_half),
    )


def _folder(name: str) -> str:
    return f"{name}/staleness/windows"

"""The knowledge base: what was recorded with the product, and what the user's own runs added."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import partial
from importlib.resources import files
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from automl_tasks.meta.keys import configuration_key
from automl_tasks.meta.matrix import Matrix, Size
from automl_tasks.problem import Task
from automl_tasks.store import Store

__all__ = ["Knowledge", "Known", "Recorded", "Result", "append_run"]

_SHIPPED = "recorded.json"
_FOLDER = ".knowledge"  # no problem's name: those do not begin with a dot
_THREAD_SPEEDUP = 0.7  # t threads train t ** 0.7 times as fast as one


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Known(_Model):
    """A configuration: family, the library's parameters, and the recipe (None: the family's)."""

    family: str
    params: dict[str, Any]
    recipe: str | None = None

    @classmethod
    def of(cls, family: str, params: Mapping[str, Any]) -> Known:
        """From parameters that may name a recipe, as portfolios and spaces give them."""
        own = {name: value for name, value in params.items() if name != "recipe"}
        return cls(family=family, params=own, recipe=params.get("recipe"))

    @property
    def tried(self) -> dict[str, Any]:
        """Parameters as `of` takes them."""
        return self.params if self.recipe is None else {**self.params, "recipe": self.recipe}

    @property
    def key(self) -> str:
        return configuration_key(self.family, self.params, self.recipe)


class Result(_Model):
    """One configuration on one table, on all rows of the search.

    Attributes
    ----------
    loss
        Mean over the folds that were fitted, comparable with the table's others; None: it failed.
    seconds
        Of one fold.
    """

    loss: float | None
    seconds: float


class Recorded(_Model):
    """The results on one table.

    Attributes
    ----------
    rows, columns, classes
        Training rows of one fold, feature columns, and classes (0 for a regression).
    folds, threads
        Of the search, and of one fit in it.
    results
        By the key of the configuration.
    origin, licence
        Of a table that the product's own records come from.
    recorded_at
        UTC; of two results of one configuration the later one counts.
    """

    name: str
    fingerprint: str
    task: Task
    metric: str
    rows: int
    columns: int
    classes: int
    folds: int
    threads: int
    metafeatures: dict[str, float]
    results: dict[str, Result]
    origin: str = ""
    licence: str = ""
    recorded_at: str = ""


class _File(_Model):
    """What a file of the knowledge base holds."""

    configurations: dict[str, Known]
    tables: list[Recorded]


class Knowledge:
    """Recorded tables and the configurations that ran on them.

    Parameters
    ----------
    tables
        Several records of one table by one metric are merged; the later one counts.
    configurations
        By key.
    """

    def __init__(
        self, tables: Iterable[Recorded] = (), configurations: Mapping[str, Known] | None = None
    ) -> None:
        self.tables = _merged(tables)
        self.configurations = dict(configurations or {})

    @classmethod
    def load(cls, store: Store | None = None, *, without: str | None = None) -> Knowledge:
        """What the product ships, and what `append_run` wrote to the store.

        Parameters
        ----------
        without
            Fingerprint of a table whose shipped results are left out: only the user's own runs
            tell of the user's own table, so that no benchmark is answered from the records.

        A file that cannot be read is left out: knowledge makes a search faster, and the lack of
        it shall not stop one.
        """
        shipped = _read(files("automl_tasks.meta").joinpath(_SHIPPED).read_text("utf-8"))
        others = [table for table in shipped.tables if table.fingerprint != without]
        found = [shipped.model_copy(update={"tables": others})]
        if store is not None:
            found += [each for each in map(partial(_own, store), store.list(_FOLDER)) if each]
        return cls(
            [table for each in found for table in each.tables],
            {key: known for each in found for key, known in each.configurations.items()},
        )

    def candidates(self, task: Task) -> dict[str, Known]:
        """Configurations that were recorded on tables of a task's kind, by key."""
        used = {key for table in self._alike(task) for key in table.results}
        return {key: known for key, known in self.configurations.items() if key in used}

    def matrix(self, task: Task, *, threads: int, without: str | None = None) -> Matrix:
        """Results on the tables of a task's kind (classification, or regression).

        Parameters
        ----------
        threads
            Of a fit in the search at hand: recorded seconds are converted to them.
        without
            Fingerprint of a table to leave out.
        """
        tables = [each for each in self._alike(task) if each.fingerprint != without]
        keys = sorted({key for table in tables for key in table.results} & set(self.configurations))
        names = sorted({name for table in tables for name in table.metafeatures})
        losses = np.full((len(tables), len(keys)), np.nan)
        seconds = losses.copy()
        position = {key: at for at, key in enumerate(keys)}
        for row, table in enumerate(tables):
            factor = (table.threads / threads) ** _THREAD_SPEEDUP
            for key, result in table.results.items():
                if key in position:
                    losses[row, position[key]] = math.inf if result.loss is None else result.loss
                    # How soon something fails is no measure of how long it trains.
                    if result.loss is not None:
                        seconds[row, position[key]] = factor * result.seconds
        sizes = [Size(table.rows, table.columns, table.classes).logs() for table in tables]
        known = [[each.metafeatures.get(name, math.nan) for name in names] for each in tables]
        return Matrix(
            tables=tuple(table.fingerprint for table in tables),
            configurations=tuple(keys),
            families=tuple(self.configurations[key].family for key in keys),
            losses=losses,
            seconds=seconds,
            sizes=np.array(sizes).reshape(len(tables), 3),
            metafeatures=np.array(known, dtype=np.float64).reshape(len(tables), len(names)),
            names=tuple(names),
        )

    def to_json(self) -> str:
        """The text of a file, in an order of its own so that versions can be compared."""
        known = {key: each.model_dump() for key, each in sorted(self.configurations.items())}
        tables = [each.model_dump(mode="json") for each in self.tables]
        return json.dumps(
            {"configurations": known, "tables": tables}, sort_keys=True, allow_nan=False, indent=1
        )

    @classmethod
    def from_json(cls, text: str) -> Knowledge:
        """The inverse of `to_json`; raises ValueError for anything else."""
        file = _read(text)
        return cls(file.tables, file.configurations)

    def _alike(self, task: Task) -> list[Recorded]:
        regression = task == "regression"
        return [each for each in self.tables if (each.task == "regression") == regression]


def append_run(store: Store, run: str, table: Recorded, configurations: Iterable[Known]) -> None:
    """Add what a run has learned: one file, written in one step, so that runs never collide.

    Parameters
    ----------
    run
        Name of the run; with the table's name it names the file.
    configurations
        Those that `table.results` names.
    """
    content = _File(configurations={each.key: each for each in configurations}, tables=[table])
    name = f"{table.name}~{run}".replace("/", "~")
    store.write_json(f"{_FOLDER}/{name}.json", content.model_dump(mode="json"))


def _read(text: str) -> _File:
    return _File.model_validate(json.loads(text))


def _own(store: Store, name: str) -> _File | None:
    try:
        return _File.model_validate(store.read_json(f"{_FOLDER}/{name}"))
    except (OSError, ValueError):
        return None


def _merged(tables: Iterable[Recorded]) -> list[Recorded]:
    found: dict[tuple[str, str], Recorded] = {}
    for table in sorted(tables, key=lambda each: each.recorded_at):
        key = (table.fingerprint, table.metric)
        earlier = found[key].results if key in found else {}
        found[key] = table.model_copy(update={"results": {**earlier, **table.results}})
    return list(found.values())

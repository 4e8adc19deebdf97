"""Small tables of every task, as the feature pipelines hand them to the families."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count

import numpy as np
import pandas as pd
import pytest

from automl_tasks.features import FeaturePipeline
from automl_tasks.models import FAMILIES
from automl_tasks.models._stopper import Stopper

ROWS = 400
ROLES = {"a": "numeric", "b": "numeric", "c": "numeric", "kind": "categorical"}
SMALL = {"mlp": {"hidden": [64, 64]}, "catboost": {"boosting_type": "Plain"}}  # as good, sooner
CLASSES = {"regression": 0, "binary": 2, "multiclass": 3}


@dataclass(frozen=True)
class Table:
    """Raw rows and an encoded target that depends on them."""

    frame: pd.DataFrame
    y: np.ndarray
    task: str

    def features(self, family, rows=slice(0, 300), params=None):
        """Rows as the recipe of the first or given configuration, fitted on 300, has them."""
        params = params or FAMILIES[family].portfolio(self.task, ROWS)[0]
        recipe = FAMILIES[family].recipe_of(params)
        pipeline = FeaturePipeline(recipe, ROLES).fit(self.frame.iloc[:300], self.y[:300])
        return pipeline.transform(self.frame.iloc[rows]), self.y[rows]

    def fit(
        self,
        family,
        *,
        params=None,
        valid=True,
        rows=slice(0, 300),
        seconds=60,
        seed=0,
        weight=None,
        valid_weight=None,
    ):
        """The family's first configuration with changes, or a whole one that names its recipe."""
        params = params or {}
        first = FAMILIES[family].portfolio(self.task, ROWS)[0]
        chosen = params if "recipe" in params else first | SMALL.get(family, {}) | params
        X, y = self.features(family, rows, chosen)
        return FAMILIES[family].fit(
            X,
            y,
            task=self.task,
            params=chosen,
            classes=CLASSES[self.task],
            valid=self.features(family, slice(300, ROWS), chosen) if valid else None,
            threads=1,
            seed=seed,
            seconds=seconds,
            weight=weight,
            valid_weight=valid_weight,
        )


def make_table(task):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 3)), columns=["a", "b", "c"])
    frame["kind"] = rng.choice(["red", "green", "blue", None], ROWS)
    effect = frame["kind"].map({"red": 1.5, "green": -1.5}).fillna(0.0)
    signal = 2 * frame["a"] + np.abs(frame["b"]) + effect + rng.normal(scale=0.3, size=ROWS)
    frame.loc[rng.random(ROWS) < 0.1, "b"] = np.nan
    if task == "regression":
        return Table(frame, 1e9 + 1e6 * signal.to_numpy(), task)
    edges = np.quantile(signal, [0.5] if task == "binary" else [0.4, 0.7])
    return Table(frame, np.searchsorted(edges, signal), task)


@pytest.fixture(scope="session")
def tables():
    return {task: make_table(task) for task in CLASSES}


@pytest.fixture(params=CLASSES)
def table(request, tables):
    family = request.node.callspec.params.get("family")
    if family and not FAMILIES[family].supports(request.param, ROWS, 4):
        pytest.skip("not a task of this family")
    return tables[request.param]


@pytest.fixture
def regression(tables):
    return tables["regression"]


@pytest.fixture
def multiclass(tables):
    return tables["multiclass"]


@pytest.fixture
def tick(monkeypatch):
    """Seconds that pass at each look at the clock; so many that a busy machine changes nothing."""
    seconds = 1_000.0

    def stopper(*given, **settings):
        return Stopper(*given, clock=partial(next, count(0.0, seconds)), **settings)

    monkeypatch.setattr("automl_tasks.models._base.Stopper", stopper)
    return seconds

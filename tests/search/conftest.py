import numpy as np
import pandas as pd
import pytest

from automl_tasks.ingest import load_snapshot, take_snapshot
from automl_tasks.problem import Problem
from automl_tasks.search import make_plan
from automl_tasks.search.plan import run_key
from automl_tasks.store import Store


def make_people(rows=240, seed=0):
    """Whether somebody buys: a number and a category decide, another number is noise."""
    rng = np.random.default_rng(seed)
    age, town = rng.normal(40, 12, rows).round(1), rng.choice(["Bern", "Oslo", "Rome"], rows)
    signal = (age - 40) / 12 + np.where(town == "Rome", 1.5, -0.5) + rng.normal(0, 0.7, rows)
    return pd.DataFrame(
        {
            "age": age,
            "town": town,
            "noise": rng.normal(size=rows).round(3),
            "sex": rng.choice(["f", "m"], rows),
            "buys": np.where(signal > 0, "yes", "no"),
        }
    )


class Shop:
    """A store and a source file in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self.store = Store(folder / "store")

    def snapshot_of(self, frame, target, **settings):
        """Write a frame as CSV and take its snapshot; gives the problem and the snapshot's id."""
        path = self.folder / "table.csv"
        frame.to_csv(path, index=False)
        problem = Problem(name="shop", source=str(path), target=target, **settings)
        return problem, take_snapshot(problem, self.store).id

    def planned(self, frame=None, target="buys", *, run="r1", minutes=2.0, trials=3, **settings):
        """Plan a search of the first few, fast configurations of a small table."""
        frame = make_people() if frame is None else frame
        problem, snapshot = self.snapshot_of(frame, target, **settings)
        plan = make_plan(problem, self.store, snapshot, run, minutes=minutes)
        self.everything = {"configurations": plan.configurations}
        return self.replan(plan, configurations=plan.configurations[:trials], trials=trials)

    def frame_of(self, plan):
        """The rows of a plan's snapshot."""
        return load_snapshot(self.store, "shop", plan.snapshot).read()

    def replan(self, plan, **changes):
        changed = plan.model_copy(update=changes)
        self.store.write_json(
            f"{run_key('shop', plan.run)}/plan.json", changed.model_dump(mode="json")
        )
        return changed


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


@pytest.fixture(scope="module")
def lasting_shop(tmp_path_factory):
    """One for all tests of a file."""
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def store(shop):
    return shop.store


@pytest.fixture
def snapshot_of(shop):
    return shop.snapshot_of


@pytest.fixture
def people():
    return make_people

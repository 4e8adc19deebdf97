import sys

import pytest

from automl_tasks.search import run_worker

MODULE = """
import pandas as pd

class Doubled:
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return pd.DataFrame({"doubled": X["age"] * 2})
    def get_state(self):
        return {}
    @classmethod
    def from_state(cls, state):
        return cls()
"""


@pytest.fixture
def owners_module(tmp_path, monkeypatch):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "acme_steps.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    monkeypatch.setenv("NIGHTSHIFT_STEP_MODULES", "acme_steps")
    yield
    sys.modules.pop("acme_steps", None)


@pytest.mark.usefixtures("owners_module")
def test_a_step_of_an_allowed_module_runs_where_models_are_fitted(shop):
    shop.planned(trials=1, steps=({"class": "acme_steps.Doubled"},))
    summary = run_worker(shop.store, "shop", "r1")
    assert (summary.trials, summary.failed) == (1, 0)

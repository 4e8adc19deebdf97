import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import ProblemError
from automl_tasks.features import FeaturePipeline, check_steps
from automl_tasks.serve.steps import apply_steps

MODULE = """
import pandas as pd

class Shift:
    def __init__(self, by=1.0):
        self.by = by
    def fit(self, X, y=None):
        self.low = float(X["a"].min()) + self.by
        return self
    def transform(self, X):
        big = (X["a"] > 1).map({True: "yes", False: "no"})
        return pd.DataFrame({"shifted": X["a"] - self.low, "big": big})
    def get_state(self):
        return {"low": self.low}
    @classmethod
    def from_state(cls, state):
        step = cls()
        step.low = state["low"]
        return step

class Nameless(Shift):
    from_state = None

class Broken(Shift):
    def fit(self, X, y=None):
        raise ValueError("no such thing")

class Wordy(Shift):
    def get_state(self):
        return {"low": float("nan")}

class Short(Shift):
    def transform(self, X):
        return X.head(1)
"""
STEP = {"class": "owner_steps.shift.Shift", "params": {"by": 2.0}}


@pytest.fixture
def module(tmp_path, monkeypatch):
    folder = tmp_path / "owner_steps"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "shift.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("NIGHTSHIFT_STEP_MODULES", "somewhere_else, owner_steps")
    yield folder
    for name in [name for name in sys.modules if name.startswith("owner_steps")]:
        del sys.modules[name]


@pytest.fixture
def frame():
    return pd.DataFrame({"a": [0.0, 1.0, 2.0, np.nan], "c": ["x", "y", "x", "y"]})


def test_columns_of_an_owner_class_become_features(module, frame):
    pipeline = FeaturePipeline("tree", {"a": "numeric", "c": "categorical"}, [STEP]).fit(frame)
    state = json.loads(json.dumps(pipeline.state(), allow_nan=False))
    features = apply_steps(state, frame)
    assert features["shifted"].tolist()[:3] == [-2.0, -1.0, 0.0]
    assert features["big"].dtype == np.int32
    pd.testing.assert_frame_equal(features, pipeline.transform(frame))
    assert pipeline.custom_modules() == [Path(module)]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Missing", "cannot be imported"),
        ("Nameless", "has no from_state"),
        ("Broken", "failed while fitting: ValueError: no such thing"),
        ("Wordy", r"get_state\(\) must return plain JSON"),
        ("Short", "one row for each row of X"),
    ],
)
def test_a_class_that_does_not_keep_the_contract(module, frame, name, message):
    step = {"class": f"owner_steps.shift.{name}"}
    with pytest.raises(ProblemError, match=message):
        FeaturePipeline("tree", {"a": "numeric"}, [step]).fit(frame)


def test_class_is_found_missing_before_any_fit(module):
    with pytest.raises(ProblemError, match="has no from_state"):
        check_steps([{"class": "owner_steps.shift.Nameless"}], ["a"])

import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.features.target_means import TargetMeans
from automl_tasks.serve.steps import apply_step


def served(step, levels):
    state = json.loads(json.dumps(step.state_, allow_nan=False))
    made = apply_step(state, {"c": np.array(levels, dtype=object)})
    return {name: values.tolist() for name, values in made.items() if name != "c"}


def test_rare_levels_are_drawn_to_the_mean_of_all():
    frame = pd.DataFrame({"c": ["often"] * 90 + ["once"] + [None] * 9})
    y = np.array([1] * 90 + [1] + [0] * 9)
    step = TargetMeans().fit(frame, y)
    made = served(step, ["often", "once", None, "never"])["c:target"]
    overall = 0.91
    expected = [(90 + 9.1) / 100, (1 + 9.1) / 11, 9.1 / 19, overall]
    assert made == pytest.approx(expected)


def test_one_column_for_each_of_a_few_classes():
    frame = pd.DataFrame({"c": list("aab") * 100})
    y = np.array([0, 1, 2] * 100)
    made = served(TargetMeans().fit(frame, y), ["a", "b"])
    assert list(made) == ["c:target0", "c:target1", "c:target2"]
    assert np.sum(list(made.values()), axis=0) == pytest.approx([1, 1])
    assert made["c:target2"] == pytest.approx([100 / 30 / 210, (100 + 10 / 3) / 110])


@pytest.mark.parametrize("y", [None, np.arange(300) % 11])
def test_without_a_target_or_with_very_many_classes_nothing_is_added(y):
    frame = pd.DataFrame({"c": list("aab") * 100})
    assert TargetMeans().fit_transform(frame, y).columns.tolist() == ["c"]


def test_a_float_target_is_of_a_regression():
    frame = pd.DataFrame({"c": ["low", "high"] * 500})
    y = np.tile([1e6, 3e6], 500)
    step = TargetMeans()
    trained = step.fit_transform(frame, y)["c:target"]
    assert trained.nunique() <= 10
    np.testing.assert_allclose(trained, y, rtol=0.05)


def test_the_same_rows_give_the_same_encoding():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"c": rng.choice(list("abcdef"), 500)})
    y = rng.normal(size=500)
    first, again = TargetMeans(), TargetMeans()
    pd.testing.assert_frame_equal(first.fit_transform(frame, y), again.fit_transform(frame, y))
    assert first.state_ == again.state_ == TargetMeans().fit(frame, y).state_

import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.features import FeaturePipeline
from automl_tasks.features.interactions import Interactions
from automl_tasks.serve.steps import apply_steps

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.lognormal(size=(600, 4)), columns=["a", "b", "c", "d"])
FRAME["shop"] = RNG.choice(list("uvwxyz"), 600)
ROLES = dict.fromkeys("abcd", "numeric") | {"shop": "categorical"}


def added(target):
    pipeline = FeaturePipeline("tree_pairs", ROLES).fit(FRAME, target)
    state = json.loads(json.dumps(pipeline.state(), allow_nan=False))
    return apply_steps(state, FRAME)


@pytest.mark.parametrize(
    ("names", "values"),
    [({"a*b", "b*a"}, FRAME["a"] * FRAME["b"]), ({"c/d", "d/c"}, FRAME["d"] / FRAME["c"])],
)
def test_the_combination_that_makes_the_target_is_found(names, values):
    """In any task, and either way round: one is a monotone function of the other."""
    for target in (
        np.log(values.to_numpy()),
        (values > values.median()).to_numpy().astype(int),
        np.searchsorted(values.quantile([0.3, 0.6]), values),
    ):
        (found,) = names & set(made := added(target))
        assert abs(made[found].corr(values, method="spearman")) > 0.9999


def test_what_is_above_the_mean_of_its_group_is_found():
    shift = FRAME["shop"].map(dict(zip("uvwxyz", range(0, 60, 10), strict=True)))
    frame = FRAME.assign(a=FRAME["a"] + shift)
    above = frame["a"] - frame.groupby("shop")["a"].transform("mean")
    pipeline = FeaturePipeline("tree_pairs", ROLES).fit(frame, (above > 0).to_numpy().astype(int))
    made = pipeline.transform(frame)["a-mean(a by shop)"]
    np.testing.assert_allclose(made, above, atol=1e-4)


def test_noise_is_worth_few_columns():
    step = Interactions(["a", "b", "c", "d"], ["shop"], keep=5)
    assert step.fit_transform(FRAME, RNG.normal(size=600)).shape[1] <= 5 + 5 + 5
    assert step.fit_transform(FRAME.head(40), RNG.normal(size=40)).shape[1] == 5
    assert step.fit_transform(FRAME).shape[1] == 5


def test_one_column_has_no_partner():
    assert Interactions(["a"], []).idle
    assert Interactions([], ["shop", "city"]).idle
    assert not Interactions(["a"], ["shop"]).idle

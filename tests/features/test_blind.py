import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.features import BlindSteps, FeaturePipeline
from automl_tasks.serve.steps import SharedSteps, apply_steps
from automl_tasks.serve.steps.table import to_frame

RNG = np.random.default_rng(0)
ROLES = {"text": "text", "town": "high_cardinality", "x": "numeric"}
WORDS = np.array(["good", "bad", "slow", "quick", "late", "early", "broken", "new", "old", "fine"])


def rows(count):
    return pd.DataFrame(
        {
            "text": [" ".join(RNG.choice(WORDS, 6)) for _ in range(count)],
            "town": RNG.choice([f"t{at}" for at in range(9)], count),
            "x": RNG.normal(size=count),
        }
    )


@pytest.mark.parametrize("recipe", ["neural", "linear_splines", "distance", "tree_target"])
def test_pipelines_of_all_folds_differ_in_their_target_means_alone(recipe):
    frame, y = rows(120), RNG.integers(0, 2, 120)
    blind = BlindSteps(frame, ROLES)
    states = []
    for part in (slice(0, 80), slice(40, 120)):
        pipeline = FeaturePipeline(recipe, ROLES)
        pipeline.fit_transform(frame.iloc[part], y[part], blind.all(recipe))
        states.append(pipeline.state())
    differ = [json.dumps(one) != json.dumps(other) for one, other in zip(*states, strict=True)]
    looks = ["target_means" in json.dumps(step) for step in states[0]]
    assert differ[:-1] == looks[:-1]  # the last drops what is constant in a fold
    new = rows(30)
    made = [to_frame(each) for each in SharedSteps(states).apply(new)]
    for state, found in zip(states, made, strict=True):
        pd.testing.assert_frame_equal(found, apply_steps(state, new))


@pytest.mark.parametrize("recipe", ["tree", "linear", "neural", "linear_splines"])
def test_on_the_same_rows_a_pipeline_would_learn_the_same(recipe):
    frame = rows(60)
    alone = FeaturePipeline(recipe, ROLES)
    alone.fit_transform(frame, np.zeros(60))
    blind = BlindSteps(frame, ROLES)
    for known in (blind.texts(recipe), blind.all(recipe)):
        shared = FeaturePipeline(recipe, ROLES)
        shared.fit_transform(frame, np.zeros(60), known)
        assert alone.state() == shared.state()

import numpy as np
import pandas as pd

from automl_tasks.features import FeaturePipeline, FittedTexts
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


def test_pipelines_of_all_folds_have_the_same_topics_and_own_target_means():
    frame, y = rows(120), RNG.integers(0, 2, 120)
    texts = FittedTexts(frame, ROLES)
    states = []
    for part in (slice(0, 80), slice(40, 120)):
        pipeline = FeaturePipeline("neural", ROLES)
        pipeline.fit_transform(frame.iloc[part], y[part], texts)
        states.append(pipeline.state())
    kinds = [{step["kind"]: step for step in state} for state in states]
    assert kinds[0]["text_topics"] == kinds[1]["text_topics"]
    assert kinds[0]["target_means"] != kinds[1]["target_means"]
    new = rows(30)
    made = [to_frame(each) for each in SharedSteps(states).apply(new)]
    for state, found in zip(states, made, strict=True):
        pd.testing.assert_frame_equal(found, apply_steps(state, new))


def test_without_them_each_pipeline_learns_its_own():
    frame = rows(60)
    alone = FeaturePipeline("tree", ROLES)
    alone.fit_transform(frame, np.zeros(60))
    shared = FeaturePipeline("tree", ROLES)
    shared.fit_transform(frame, np.zeros(60), FittedTexts(frame, ROLES))
    assert alone.state() == shared.state()

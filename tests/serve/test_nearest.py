"""The nearest rows are found as if all distances were exact and sorted."""

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.predictors.knn import NearestPredictor

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=(3_000, 4))


def predictor(rows, neighbours=7):
    model = {
        "rows": rows.astype(np.float32),
        "scales": np.ones(rows.shape[1], dtype=np.float32),
        "targets": RNG.normal(size=(len(rows), 1)),
        "weights": np.ones(len(rows)),
        "prior": np.zeros(1),
    }
    info = {
        "task": "regression",
        "columns": [f"c{at}" for at in range(rows.shape[1])],
        "neighbours": neighbours,
        "distance": float(np.sqrt(2 * rows.var(axis=0).sum())) or 1.0,
        "mean": 0.0,
        "scale": 1.0,
    }
    return NearestPredictor(info, model)


def frame(array):
    return pd.DataFrame(array.astype(np.float32)).add_prefix("c")


def sorted_out(model, array):
    """What the definition says: all distances, sorted, the first row first among equal ones."""
    said = []
    for own in array.astype(np.float32).astype(float):
        squares = ((own - model.model["rows"].astype(float)) ** 2).sum(axis=1)
        grid = 1e-9 * model.info["distance"] ** 2
        steps = np.rint(squares / grid)
        nearest = np.argsort(steps, kind="stable")[: model.info["neighbours"]]
        say = 1 / (np.sqrt(steps[nearest] * grid) + 0.01 * model.info["distance"])
        told = say @ model.model["targets"][nearest, 0]
        said.append(told / (say.sum() + say.min()))
    return said


@pytest.mark.parametrize(
    "rows",
    [
        NORMAL,
        NORMAL[:40],
        np.round(NORMAL),
        1e3 + np.round(NORMAL, 2),
        np.vstack([1e-3 * NORMAL, [[1e4] * 4]]),
        np.ones((500, 4)),
    ],
    ids=["many", "few", "ties", "far from zero", "one far away", "all alike"],
)
def test_the_nearest_rows_speak_whatever_the_scale(rows):
    model = predictor(rows)
    asked = rows[:: max(1, len(rows) // 60)] + 1e-4 * RNG.normal(size=4)
    np.testing.assert_allclose(model.predict(frame(asked)), sorted_out(model, asked), rtol=1e-9)


def test_one_row_is_told_what_it_is_told_among_many():
    model = predictor(np.round(NORMAL, 1))
    asked = frame(np.round(RNG.normal(size=(400, 4)), 1))
    together = model.predict(asked)
    alone = [model.predict(asked.iloc[[at]])[0] for at in range(40)]
    np.testing.assert_allclose(alone, together[:40], rtol=1e-12)

import numpy as np
import pandas as pd
import pytest

from automl_tasks.problem import Problem
from automl_tasks.search.weights import row_weights


def test_weights_have_a_mean_of_1_whatever_their_unit():
    frame = pd.DataFrame({"kilos": [0, 1, 3], "grams": ["0", "1000", "3000"]})
    problem = Problem(name="shop", source="x.csv", target="y", weight="kilos")
    assert row_weights(frame, problem) == pytest.approx(np.array([0, 0.75, 2.25]))
    in_grams = problem.model_copy(update={"weight": "grams"})
    assert row_weights(frame, in_grams) == pytest.approx(row_weights(frame, problem))
    assert row_weights(frame, problem.model_copy(update={"weight": None})) is None

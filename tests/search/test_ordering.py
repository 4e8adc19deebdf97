import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import ProblemError
from automl_tasks.problem import Problem
from automl_tasks.search.split import fold_rows


def folds_of(rows, frame=None, **settings):
    problem = Problem(
        name="shop", source="x.csv", target="y", task="regression", split="time", **settings
    )
    return fold_rows(np.arange(rows), np.zeros(rows), 2, problem, frame)


def test_folds_in_time_without_rows_say_what_left_none():
    with pytest.raises(ProblemError, match="the gap of 50 rows leaves no rows to train on"):
        folds_of(100, pd.DataFrame({"a": np.zeros(100)}), gap_rows=50)
    shops = pd.DataFrame({"shop": ["a", "b"] * 50})
    with pytest.raises(ProblemError, match=r"every group \('shop'\) of the newer rows is also"):
        folds_of(100, shops, group="shop")
    with pytest.raises(ProblemError, match=r"no rows are left to check\. Give more rows"):
        folds_of(2)

import json
import subprocess
import sys

import pytest

from automl_tasks.search.process import child_environment

LIBRARIES = """
import json, sys
from automl_tasks.search.lean import import_libraries
import_libraries()
unused = ["scipy.stats._stats_py", "sklearn.model_selection", "sklearn.ensemble", "mlflow"]
loaded = [name for name in unused if name in sys.modules]

import numpy as np, lightgbm, xgboost
X, y = np.arange(200.0).reshape(100, 2), np.arange(100) % 2
lightgbm.train({"objective": "binary", "verbosity": -1}, lightgbm.Dataset(X, y), 2)
xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(X, y), 2)
late = [name for name in unused if name in sys.modules]

from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold
from scipy.stats import rankdata
import scipy.stats
half = scipy.stats.norm.cdf(0.0)
RandomForestClassifier(2).fit(X, y)
print(json.dumps([loaded, late, half, rankdata([3, 1]).tolist(), KFold(2).get_n_splits()]))
"""
MEMORY = """
import psutil
from automl_tasks.search.lean import free_memory
rows = [bytes(1_000) for _ in range(100_000)]
last = bytes(1_000)  # above what is freed, so that the C library keeps that
del rows
before = psutil.Process().memory_info().rss
free_memory()
print(before - psutil.Process().memory_info().rss)
"""


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=child_environment(1),
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_child_loads_what_it_needs_and_can_still_load_the_rest():
    loaded, late, half, ranks, folds = run(LIBRARIES)
    assert loaded == late == []
    assert half == 0.5
    assert ranks == [2, 1]
    assert folds == 2


@pytest.mark.skipif(sys.platform != "linux", reason="other C libraries give memory back themselves")
def test_freed_memory_goes_back_to_the_system():
    assert run(MEMORY) > 50e6

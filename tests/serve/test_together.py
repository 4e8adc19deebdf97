"""Callers that predict with one model at the same time, as those of a server do."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from automl_tasks.models import FAMILIES
from automl_tasks.serve.predictors import load_predictor


@pytest.mark.parametrize("family", ["catboost", "lightgbm", "mlp", "xgboost"])
def test_each_gets_the_answer_that_it_would_get_alone(tmp_path, family):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(6_000, 4)).astype(np.float32), columns=list("abcd"))
    y = (rows["a"] * rows["b"] > 0).astype(int).to_numpy()
    made = FAMILIES[family]
    params = made.portfolio("binary", 300)[0] | {"iterations": 60}
    made.fit(
        rows.iloc[:300],
        y[:300],
        task="binary",
        params=params,
        classes=2,
        valid=None,
        threads=1,
        seed=0,
        seconds=60,
    ).save(tmp_path / "model")
    predictor = load_predictor(tmp_path / "model")
    alone = predictor.predict(rows)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(predictor.predict, [rows] * 12))
    assert max(float(np.abs(answer - alone).max()) for answer in together) == 0

"""Boosted trees as flat arrays say to the last bit what their library says."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from automl_tasks.models.flat import write_flat_trees
from automl_tasks.serve.predictors import Features, load_predictor, walk_together
from automl_tasks.serve.predictors.trees import TREES

from .fitting import fit

ROWS = 400
FLAT = ("lightgbm", "xgboost")


def make_rows(seed=0):
    """Numbers with and without gaps, a category with unseen codes, a column that says nothing."""
    rng = np.random.default_rng(seed)
    gaps = rng.normal(size=ROWS)
    return pd.DataFrame(
        {
            "full": rng.normal(size=ROWS).astype(np.float32),
            "gaps": np.where(rng.random(ROWS) < 0.2, np.nan, gaps).astype(np.float32),
            "level": rng.integers(-1, 40, ROWS).astype(np.int32),
            "whole": rng.integers(0, 4, ROWS).astype(np.float32),
        }
    )


def target(rows, task):
    value = rows["full"] + rows["gaps"].fillna(2) ** 2 + np.sin(3.0 * rows["level"]) * rows["whole"]
    if task == "regression":
        return value.to_numpy(dtype=np.float64)
    return pd.qcut(value, 2 if task == "binary" else 3, labels=False).to_numpy()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A saved booster by library and task, with its flat trees."""
    root, rows = tmp_path_factory.mktemp("boosters"), make_rows()

    def save(family, task):
        folder = root / family / task
        if not folder.exists():
            params = {"iterations": 30, "max_depth": 5}
            if family == "lightgbm":
                params |= {"min_data_per_group": 5, "cat_smooth": 1.0}
            fit(family, rows, target(rows, task), task=task, params=params).save(folder)
            assert write_flat_trees(folder)
        return folder

    return save


def hard_rows():
    """Rows such as training had none: gaps everywhere, new codes, huge values."""
    rows = make_rows(1)
    rows.loc[:40, ["full", "whole"]] = np.nan
    rows.loc[20:60, "level"] = np.int32(1_000)
    rows.loc[60:80, ["full", "gaps"]] = np.float32(3e38)
    return pd.concat([rows, make_rows()], ignore_index=True)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@pytest.mark.parametrize("family", FLAT)
def test_few_rows_get_what_the_library_says(saved, family, task):
    predictor = load_predictor(saved(family, task))
    rows = hard_rows()
    told = np.concatenate([predictor.predict(rows.iloc[at : at + 5]) for at in range(0, 800, 5)])
    assert predictor.model is None  # no library was asked
    raw = np.concatenate([predictor._raw(Features(rows.iloc[at : at + 400])) for at in (0, 400)])
    (flat,) = predictor._trees.sums(Features(rows).array)
    np.testing.assert_array_equal(flat, raw)
    many = np.concatenate([predictor.predict(rows.iloc[at : at + 400]) for at in (0, 400)])
    np.testing.assert_array_equal(told, many)
    assert len(np.unique(told)) > 100
    splits = json.loads((saved(family, task) / "model.json").read_text())["categorical"]
    assert splits == [2]
    assert len(predictor._trees.models[0]["category_feature"]) > 5


def test_models_of_the_same_features_are_walked_together(saved):
    rows = hard_rows()[400:408]
    order = [(family, task) for task in ("binary", "multiclass") for family in FLAT]
    alone = [load_predictor(saved(*each)).predict(rows) for each in order]
    several = [load_predictor(saved(*each)) for each in order]
    walk_together(several)
    features = Features(rows)
    for expected, predictor in zip(alone, several, strict=True):
        np.testing.assert_array_equal(predictor.predict(features), expected)
    assert len({id(each._trees) for each in several}) == len(FLAT)  # libraries have their types


def test_one_row_needs_no_library(saved):
    code = (
        "import sys, pandas as pd\n"
        "from automl_tasks.serve.predictors import load_predictor\n"
        "rows = pd.DataFrame({'full': [1.0], 'gaps': 0.5, 'level': 3, 'whole': 1.0})\n"
        "for folder in sys.argv[1:]:\n"
        "    load_predictor(folder).predict(rows.astype('float32'))\n"
        "assert not {'lightgbm', 'xgboost', 'sklearn'} & set(sys.modules)\n"
    )
    folders = [str(saved(family, "binary")) for family in FLAT]
    subprocess.run([sys.executable, "-c", code, *folders], check=True)


def test_what_is_not_of_boosted_trees_is_left_alone(tmp_path):
    rows = make_rows()
    fit("linear", rows.fillna(0.0), target(rows, "binary")).save(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert not write_flat_trees(tmp_path)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("family", FLAT)
def test_trees_without_a_split_and_quantiles(family, tmp_path):
    rows = make_rows()
    few = {"task": "regression", "params": {"iterations": 5}}
    for name, y, quantile in (
        ("constant", np.full(ROWS, 7.0), None),
        ("quantile", target(rows, "regression"), 0.9),
    ):
        folder = tmp_path / name
        fit(family, rows, y, quantile=quantile, **few).save(folder)
        expected = load_predictor(folder).predict(rows[:8])
        assert write_flat_trees(folder)
        predictor = load_predictor(folder)
        np.testing.assert_array_equal(predictor.predict(rows[:8]), expected)
        assert predictor.model is None


def test_large_models_are_left_to_their_library(saved, tmp_path, monkeypatch):
    folder = shutil.copytree(saved("lightgbm", "binary"), tmp_path / "model")
    (folder / TREES).unlink()
    monkeypatch.setattr("automl_tasks.models.flat._MOST_SAVED", 1_000)
    assert not write_flat_trees(folder)
    assert not (folder / TREES).exists()

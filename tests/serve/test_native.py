"""Boosters without their packages say bit for bit what the packages say."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.predictors import _native_lightgbm, _native_xgboost, load_predictor
from automl_tasks.serve.predictors import lightgbm as of_lightgbm
from automl_tasks.serve.predictors import xgboost as of_xgboost
from automl_tasks.serve.predictors._libraries import library_of
from tests.models.fitting import fit

TASKS = ["regression", "binary", "multiclass"]
BOOSTED = ["lightgbm", "xgboost"]


def lightgbm_file():
    """Shared library of the installed package."""
    folder = Path(find_spec("lightgbm").origin).parent
    return next(folder.rglob("lib_lightgbm.*"))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A booster of each library and task, without its flat trees, and rows with gaps."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 3)).astype(np.float32), columns=["a", "b", "c"])
    X["level"] = pd.Series(rng.integers(-1, 6, 400).astype(np.int32))
    X.loc[rng.random(400) < 0.2, "a"] = np.nan
    score = X["b"] + (X["level"] % 2) + X["a"].fillna(0)
    y = {"regression": score, "binary": score > 0, "multiclass": score.rank() // 134}
    folder = tmp_path_factory.mktemp("boosters")
    for family in BOOSTED:
        for task in TASKS:
            target = y[task].to_numpy().astype(float if task == "regression" else int)
            fitted = fit(family, X, target, task=task, params={"iterations": 40})
            fitted.save(folder / family / task)
            (folder / family / task / "trees.npz").unlink(missing_ok=True)
    return folder, X


def packages_own(family, monkeypatch):
    module = {"lightgbm": of_lightgbm, "xgboost": of_xgboost}[family]
    monkeypatch.setattr(module, f"{family}_library", lambda: None)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", BOOSTED)
def test_answers_are_those_of_the_package(saved, family, task, monkeypatch):
    folder, X = saved
    many = pd.concat([X] * 3, ignore_index=True)
    native = load_predictor(folder / family / task, threads=2)
    packages_own(family, monkeypatch)
    own = load_predictor(folder / family / task, threads=2)
    for rows in (many, X[:1], X[:40], X[::-1]):
        np.testing.assert_array_equal(native.predict(rows), own.predict(rows))
    assert type(native.model).__module__.startswith("automl_tasks")
    assert not type(own.model).__module__.startswith("automl_tasks")


@pytest.mark.parametrize("family", BOOSTED)
def test_no_rows_have_answers_of_the_same_shape(saved, family):
    folder, X = saved
    for task, shape in zip(TASKS, [(0,), (0, 2), (0, 3)], strict=True):
        predictor = load_predictor(folder / family / task)
        assert predictor.predict(X[:0]).shape == shape


def test_batches_import_no_booster_and_no_scikit_learn(saved):
    folder, _ = saved
    code = (
        "import sys, numpy as np, pandas as pd\n"
        "from automl_tasks.serve.predictors import load_predictor\n"
        "rows = pd.DataFrame({'a': np.arange(20.), 'b': 1., 'c': 2., 'level': 1})\n"
        "for family in ('lightgbm', 'xgboost'):\n"
        "    told = load_predictor(f'{sys.argv[1]}/{family}/binary').predict(rows)\n"
        "    assert told.shape == (20, 2)\n"
        "print(*sorted({'sklearn', 'scipy', 'lightgbm', 'xgboost'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("family", BOOSTED)
def test_many_callers_at_once_get_their_own_answers(saved, family):
    folder, X = saved
    predictor = load_predictor(folder / family / "multiclass")
    parts = [pd.concat([X[at : at + 20]] * 40, ignore_index=True) for at in range(0, 400, 20)]
    alone = [predictor.predict(part) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(predictor.predict, parts * 3))
    for told, wanted in zip(together, alone * 3, strict=True):
        np.testing.assert_array_equal(told, wanted)


def test_a_model_that_cannot_be_read_is_told_in_the_librarys_words():
    with pytest.raises(ValueError, match="Model file doesn't specify"):
        _native_lightgbm.NativeLightGBM(_native_lightgbm.lightgbm_library(), b"tree\nno model")
    with pytest.raises(ValueError, match=r"(?i)json|ubj|model"):
        _native_xgboost.NativeXGBoost(_native_xgboost.xgboost_library(), b"no model", 1)


@pytest.mark.parametrize(("package", "file"), [("bare", "bare.dll"), ("_led", "lib_led.dll")])
def test_on_windows_a_library_may_have_a_prefix(tmp_path, monkeypatch, package, file):
    (tmp_path / package / "lib").mkdir(parents=True)
    (tmp_path / package / "__init__.py").touch()
    # One of this machine stands in for that of Windows, which cannot be loaded here.
    (tmp_path / package / "lib" / file).symlink_to(lightgbm_file())
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "platform", "win32")
    assert library_of(package, package, "LGBM_GetLastError") is not None


def test_a_package_without_its_library_beside_it_is_imported_instead():
    assert library_of("json", "json", "none") is None
    assert library_of("no_such_package", "none", "none") is None

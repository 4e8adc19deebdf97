"""A package made by hand of the parts that training saves, and the rows that people send."""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve import BadInput, BadPackage, load
from automl_tasks.serve.manifest import write_manifest
from automl_tasks.serve.mlflow_loader import _load_pyfunc


def raw_rows(rows=200):
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "day": pd.date_range("2024-01-01", periods=rows, freq="D"),
            "area": random.uniform(20, 200, rows),
            "rooms": random.integers(1, 7, rows).astype(np.int64),
            "city": random.choice(["Aachen", "Bonn", "5"], rows),
            "note": np.where(random.random(rows) < 0.3, None, "new"),
        }
    )


def write_package(folder, task, families=("linear", "lightgbm")):
    """A package of `families`, equally weighted, as `deliver` writes it."""
    from automl_tasks.features import FeaturePipeline, TargetCodec, infer_roles
    from automl_tasks.models import FAMILIES
    from automl_tasks.problem import Problem

    rows = raw_rows()
    value = 3 * rows["area"] + 20 * rows["rooms"] + 50 * (rows["city"] == "Bonn")
    target = value if task == "regression" else pd.cut(value, 3, labels=[3, 5, 8]).astype(int)
    codec = TargetCodec.fit(target, task)
    roles = infer_roles(rows, Problem(name="homes", source="x.csv", target="price", time="day"))
    members, columns = [], {}
    for name in families:
        pipeline = FeaturePipeline(FAMILIES[name].recipe, roles)
        y = codec.encode(target)
        X = pipeline.fit(rows, y).transform(rows)
        params = {**FAMILIES[name].portfolio(task, len(y))[0], "iterations": 20}
        classes = len(codec.classes or ())
        fitted = FAMILIES[name].fit(
            X,
            y,
            task=task,
            params=params,
            classes=classes,
            valid=None,
            threads=1,
            seed=0,
            seconds=30,
        )
        fitted.save(folder / "members" / name)
        (folder / "steps").mkdir(exist_ok=True)
        (folder / "steps" / f"{name}.json").write_text(json.dumps(pipeline.state()))
        columns |= next(step for step in pipeline.state() if step["kind"] == "read")["columns"]
        members.append(
            {
                "id": name,
                "weight": 1 / len(families),
                "folder": f"members/{name}",
                "steps": f"steps/{name}.json",
            }
        )
    model = {
        "format": 1,
        "task": task,
        "classes": codec.classes,
        "dtype": codec.dtype,
        "missing": [""],
        "members": members,
        "columns": [
            {"name": name, "kind": kind, "required": name != "note"}
            for name, kind in columns.items()
        ],
    }
    (folder / "model.json").write_text(json.dumps(model))
    write_manifest(folder)


@pytest.fixture(scope="module")
def regression(tmp_path_factory):
    folder = tmp_path_factory.mktemp("regression")
    write_package(folder, "regression")
    return folder


@pytest.fixture(scope="module")
def multiclass(tmp_path_factory):
    folder = tmp_path_factory.mktemp("multiclass")
    write_package(folder, "multiclass")
    return folder


@pytest.fixture
def copied(regression, tmp_path):
    shutil.copytree(regression, tmp_path / "package")
    return tmp_path / "package"


def test_a_loaded_package_is_a_good_model(regression):
    rows = raw_rows()
    predicted = load(regression).predict(rows)["prediction"]
    expected = 3 * rows["area"] + 20 * rows["rooms"] + 50 * (rows["city"] == "Bonn")
    assert np.corrcoef(predicted, expected)[0, 1] > 0.95


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.astype({"rooms": float}),
        lambda rows: rows.astype({"rooms": str, "area": str}),
        lambda rows: rows.astype({"day": str}),
        lambda rows: rows.assign(day=rows["day"].dt.tz_localize("UTC")),
        lambda rows: rows.astype({"city": "category"}),
        lambda rows: rows.astype({"city": "string", "rooms": "Int64"}),
        lambda rows: rows.assign(more=1, target="x"),
        lambda rows: rows[rows.columns[::-1]],
        lambda rows: rows.assign(note=rows["note"].fillna("")),
        lambda rows: rows.assign(city=rows["city"].map(lambda c: 5 if c == "5" else c)),
    ],
    ids=[
        "float",
        "text numbers",
        "text dates",
        "zone",
        "category",
        "nullable",
        "further columns",
        "column order",
        "empty text",
        "number as text",
    ],
)
def test_the_same_rows_in_another_shape_predict_the_same(regression, change):
    model, rows = load(regression), raw_rows()
    expected = model.predict(rows)["prediction"]
    np.testing.assert_allclose(model.predict(change(rows))["prediction"], expected, rtol=1e-9)


def test_a_packages_decision_makes_its_labels_and_leaves_its_probabilities(multiclass, tmp_path):
    folder = tmp_path / "decided"
    shutil.copytree(multiclass, folder)
    info = json.loads((folder / "model.json").read_text())
    info["decision"] = {"weights": [0.0, 0.0, 1.0], "costs": None}
    (folder / "model.json").write_text(json.dumps(info))
    write_manifest(folder)
    plain, decided = load(multiclass).predict(raw_rows()), load(folder).predict(raw_rows())
    assert set(plain["prediction"]) == {3, 5, 8}
    assert set(decided["prediction"]) == {8}
    names = [f"probability_{label}" for label in (3, 5, 8)]
    pd.testing.assert_frame_equal(plain[names], decided[names])


def test_a_packages_offset_is_part_of_its_values(copied):
    before = load(copied).predict(raw_rows())["prediction"]
    info = json.loads((copied / "model.json").read_text())
    (copied / "model.json").write_text(json.dumps(info | {"offset": 2.5}))
    write_manifest(copied)
    np.testing.assert_allclose(load(copied).predict(raw_rows())["prediction"], before + 2.5)


def test_whole_numbers_where_decimals_were(regression):
    model, rows = load(regression), raw_rows().round({"area": 0})
    expected = model.predict(rows)["prediction"]
    assert model.predict(rows.astype({"area": int}))["prediction"].tolist() == expected.tolist()


def test_row_order_and_batch_size_do_not_matter(regression):
    model, rows = load(regression), raw_rows(60)
    together = model.predict(rows)["prediction"]
    shuffled = model.predict(rows.sample(frac=1, random_state=1))["prediction"]
    assert shuffled.index.tolist() != together.index.tolist()
    np.testing.assert_allclose(shuffled.loc[rows.index], together, rtol=1e-9)
    single = [model.predict(rows.iloc[[row]])["prediction"].iloc[0] for row in range(5)]
    np.testing.assert_allclose(single, together[:5], rtol=1e-9)


@pytest.mark.parametrize("package", ["regression", "multiclass"])
def test_nothing_known_and_nothing_asked_are_answered(request, package):
    model, rows = load(request.getfixturevalue(package)), raw_rows(4)
    nulls = model.predict(pd.DataFrame(None, index=rows.index, columns=rows.columns))
    unseen = model.predict(rows.assign(city="Zossen"))
    absent = model.predict(rows.drop(columns="note"))
    for answer in (nulls, unseen, absent):
        assert len(answer) == 4
        assert np.isfinite(answer.to_numpy(dtype=float)).all()
    nothing = model.predict(rows.iloc[:0])
    assert len(nothing) == 0
    assert list(nothing) == list(unseen)


def test_a_missing_required_column_is_named(regression):
    with pytest.raises(BadInput, match="'area'"):
        load(regression).predict(raw_rows(3).drop(columns="area"))


def test_classes_come_back_in_their_own_type_with_probabilities(multiclass):
    answer = load(multiclass).predict(raw_rows())
    assert answer["prediction"].dtype == np.int64
    assert set(answer["prediction"]) == {3, 5, 8}
    probabilities = answer[["probability_3", "probability_5", "probability_8"]]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    likeliest = probabilities.idxmax(axis=1).str.removeprefix("probability_").astype(int)
    assert (likeliest == answer["prediction"]).all()


def test_an_altered_model_file_is_refused_before_it_is_read(copied):
    path = copied / "members" / "lightgbm" / "model.txt"
    path.write_text("not a model at all")
    with pytest.raises(BadPackage, match=r"'members/lightgbm/model.txt' was altered"):
        load(copied)


def test_a_pickle_put_into_the_package_never_runs(copied, tmp_path):
    canary = tmp_path / "canary"

    class Malicious:
        def __reduce__(self):
            return Path.touch, (canary,)

    (copied / "members" / "linear" / "extra.npz").write_bytes(pickle.dumps(Malicious()))
    with pytest.raises(BadPackage, match=r"extra\.npz"):
        load(copied)
    assert not canary.exists()


def test_a_path_that_leaves_the_package_is_refused(copied):
    model = json.loads((copied / "model.json").read_text())
    model["members"][0]["folder"] = "../../elsewhere"
    (copied / "model.json").write_text(json.dumps(model))
    write_manifest(copied)
    with pytest.raises(BadPackage, match="points outside"):
        load(copied)


@pytest.mark.parametrize("key", ["folder", "steps"])
@pytest.mark.parametrize("path", ["/etc", "members/../../x", "members/nothing", "", None, [1]])
def test_paths_that_name_no_file_of_the_package_are_refused(copied, key, path):
    model = json.loads((copied / "model.json").read_text())
    model["members"][0][key] = path
    (copied / "model.json").write_text(json.dumps(model))
    write_manifest(copied)
    with pytest.raises(BadPackage, match=r"points outside|cannot be re"):
        load(copied)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("members/lightgbm/model.txt", b"tree\nnot a model"),
        ("members/linear/model.json", b'{"kind": "os"}'),
        ("members/linear/model.json", b'{"kind": "linear", "mean": NaN}'),
        ("steps/linear.json", b"[" * 200_000),
        ("steps/linear.json", b'{"kind": "custom"}'),
        ("model.json", b'{"format": 1}'),
        ("model.json", b"[]"),
    ],
)
def test_garbage_that_the_manifest_vouches_for_is_no_model(copied, name, content):
    (copied / name).write_bytes(content)
    write_manifest(copied)
    with pytest.raises(BadPackage, match="cannot be re"):
        load(copied)


def test_arrays_of_objects_are_not_unpickled(copied, tmp_path):
    canary = tmp_path / "canary"

    class Malicious:
        def __reduce__(self):
            return Path.touch, (canary,)

    objects = np.array([Malicious()], dtype=object)
    np.savez(
        copied / "members" / "linear" / "coefficients.npz", coefficients=objects, intercept=objects
    )
    write_manifest(copied)
    with pytest.raises(BadPackage, match="allow_pickle=False"):
        load(copied)
    assert not canary.exists()


def test_a_step_that_names_a_foreign_module_is_refused(copied):
    path = copied / "steps" / "linear.json"
    step = {"kind": "custom", "class": "os.system", "state": {}}
    path.write_text(json.dumps([*json.loads(path.read_text()), step]))
    write_manifest(copied)
    with pytest.raises(BadPackage, match=r"'os.system' is of no module"):
        load(copied)


def test_an_altered_package_cannot_be_listed_again_where_a_key_is_configured(copied, monkeypatch):
    monkeypatch.setenv("NIGHTSHIFT_SIGNING_KEY", "0123456789abcdef0123456789abcdef")
    with pytest.raises(BadPackage, match="is not signed"):
        load(copied)
    write_manifest(copied)
    load(copied)
    manifest = (copied / "manifest.json").read_text()
    (copied / "manifest.json").write_text(manifest.replace(" ", "  ", 1))
    with pytest.raises(BadPackage, match="was altered, or signed with another key"):
        load(copied)


def test_a_package_of_a_later_format_is_refused(copied):
    model = json.loads((copied / "model.json").read_text())
    (copied / "model.json").write_text(json.dumps(model | {"format": 2}))
    write_manifest(copied)
    with pytest.raises(BadPackage, match="Install the version"):
        load(copied)


def test_mlflow_gets_the_same_answers(regression):
    rows = raw_rows(5)
    expected = load(regression).predict(rows)
    pd.testing.assert_frame_equal(_load_pyfunc(str(regression)).predict(rows), expected)


def test_loading_and_predicting_import_nothing_else_of_nightshift(regression):
    code = (
        "import sys, pandas as pd; from automl_tasks.serve import load; "
        f"load({str(regression)!r}).predict(pd.DataFrame("
        "{'day': ['2024-01-01'], 'area': [1], 'rooms': [1], 'city': ['Bonn']})); "
        "own = {n.split('.')[1] for n in sys.modules if n.startswith('automl_tasks.')}; "
        "heavy = {'mlflow', 'xgboost', 'catboost', 'pydantic'} & set(sys.modules); "
        "assert own == {'serve'}, own; assert not heavy, heavy"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", code], check=True, cwd="/", env=environment)

import json

import numpy as np
import pytest

from automl_tasks.serve import BadInput, load
from automl_tasks.serve.manifest import write_manifest
from automl_tasks.serve.mlflow_loader import PyfuncModel

TASKS = ("regression", "binary", "multiclass")


def rewritten(folder, target, **changes):
    """A copy of a package with other entries in its model.json."""
    import shutil

    shutil.copytree(folder, target)
    info = json.loads((target / "model.json").read_text()) | changes
    (target / "model.json").write_text(json.dumps(info))
    write_manifest(target)
    return load(target, threads=1)


@pytest.mark.parametrize(
    ("task", "output", "columns"),
    [
        ("regression", None, ["prediction"]),
        ("regression", "label", ["prediction"]),
        ("binary", None, ["prediction", "probability_cheap", "probability_dear"]),
        ("binary", "all", ["prediction", "probability_cheap", "probability_dear"]),
        ("binary", "label", ["prediction"]),
        ("multiclass", "probability", ["probability_3", "probability_5", "probability_8"]),
    ],
)
def test_the_columns_that_are_asked_for(models, raw_rows, task, output, columns):
    answer = models[task].predict(raw_rows, output=output)
    assert list(answer) == columns
    assert answer.equals(models[task].predict(raw_rows)[columns])


@pytest.mark.parametrize("task", TASKS)
def test_parameters_add_columns_and_change_no_other(models, raw_rows, task):
    plain = models[task].predict(raw_rows)
    asked = models[task].predict(raw_rows.iloc[:4], interval=0.8, explain=2)
    bounds = ["lower", "upper"] if task == "regression" else ["set"]
    assert list(asked) == [*plain, *bounds, "reasons"]
    np.testing.assert_array_equal(asked[list(plain)], plain.iloc[:4])
    nothing = models[task].predict(raw_rows.iloc[:0], interval=0.8, explain=2)
    assert list(nothing) == list(asked)


def test_an_interval_holds_its_prediction_and_grows_with_the_coverage(models, raw_rows):
    narrow = models["regression"].predict(raw_rows, interval=0.5)
    wide = models["regression"].predict(raw_rows, interval=0.95)
    assert (narrow["lower"] < narrow["prediction"]).all()
    assert (narrow["prediction"] < narrow["upper"]).all()
    assert (wide["lower"] < narrow["lower"]).all()
    assert (wide["upper"] > narrow["upper"]).all()


@pytest.mark.parametrize(
    ("task", "labels"), [("binary", {"cheap", "dear"}), ("multiclass", {3, 5, 8})]
)
def test_a_set_is_a_list_of_labels_in_their_own_type(models, raw_rows, task, labels):
    found = models[task].predict(raw_rows, interval=0.95)
    sets = [json.loads(text) for text in found["set"]]
    assert {label for each in sets for label in each} == labels
    assert len({len(each) for each in sets}) > 1
    likeliest = found.filter(like="probability_").to_numpy().argmax(axis=1)
    order = sorted(labels)
    assert all(order[code] in each for code, each in zip(likeliest, sets, strict=True))


def test_a_threshold_takes_the_place_of_the_stored_decision(packages, raw_rows, tmp_path):
    decision = {"weights": [0.01, 0.99], "costs": None}
    model = rewritten(packages["binary"], tmp_path / "decided", decision=decision)
    assert set(model.predict(raw_rows)["prediction"]) == {"dear"}
    asked = model.predict(raw_rows, threshold=0.6)
    assert ((asked["prediction"] == "dear") == (asked["probability_dear"] > 0.6)).all()
    assert set(model.predict(raw_rows, threshold=1)["prediction"]) == {"cheap"}
    assert set(model.predict(raw_rows, threshold=0.0)["prediction"]) == {"dear"}


@pytest.mark.parametrize("task", TASKS)
def test_reasons_speak_of_raw_columns_and_of_the_predicted_class(models, raw_rows, task):
    rows = raw_rows.iloc[:3]
    answer = models[task].predict(rows, explain=99)
    for text in answer["reasons"]:
        reasons = json.loads(text)
        assert {name for name, _ in reasons} == set(raw_rows)
        sizes = [abs(value) for _, value in reasons]
        assert sizes == sorted(sizes, reverse=True)
    top = models[task].predict(rows, explain=1)["reasons"]
    assert [json.loads(text) for text in top] == [
        json.loads(each)[:1] for each in answer["reasons"]
    ]


def test_reasons_of_a_threshold_are_those_of_its_label(models, raw_rows):
    row = raw_rows.iloc[:1]
    low, high = (models["binary"].predict(row, explain=3, threshold=each) for each in (0.0, 1.0))
    signs = [np.sign(json.loads(each["reasons"].iloc[0])[0][1]) for each in (low, high)]
    assert signs[0] == -signs[1]


@pytest.mark.parametrize(
    ("task", "given", "message"),
    [
        ("binary", {"output": "labels"}, "'output' must be one of label, probability, all"),
        ("regression", {"output": "probability"}, "'output' must be one of label, all"),
        ("regression", {"interval": 1.0}, "'interval' must be a number between 0 and 1"),
        ("regression", {"interval": "0.9"}, "'interval' must be a number"),
        ("regression", {"interval": float("nan")}, "'interval' must be a number"),
        ("regression", {"interval": 0.9999}, r"interval 0\.9999: .* up to 0\.9"),
        ("regression", {"explain": 0}, "'explain' must be a whole number from 1 on"),
        ("regression", {"explain": 1.5}, "'explain' must be a whole number"),
        ("regression", {"explain": True}, "'explain' must be a whole number"),
        ("binary", {"threshold": 50}, "'threshold' must be a number from 0 to 1"),
        ("multiclass", {"threshold": 0.5}, "'threshold' needs a model of two classes"),
        ("regression", {"threshold": 0.5}, "'threshold' needs a model of two classes"),
    ],
)
def test_a_parameter_that_cannot_be_is_named_with_what_can(models, raw_rows, task, given, message):
    with pytest.raises(BadInput, match=message):
        models[task].predict(raw_rows, **given)


def test_a_package_from_before_says_what_it_cannot_tell(packages, raw_rows, tmp_path):
    old = rewritten(packages["binary"], tmp_path / "old", conformal=None)
    with pytest.raises(BadInput, match="'interval' needs the errors of training"):
        old.predict(raw_rows, interval=0.9)


@pytest.mark.parametrize(
    "calibration",
    [
        {"kind": "temperature", "power": 3.0},
        {"kind": "platt", "slope": 3.0, "shift": 0.0},
        {"kind": "isotonic", "from": [[0.0, 1.0]], "to": [[0.2, 0.7]]},
    ],
)
def test_a_packages_probabilities_are_calibrated(packages, models, raw_rows, tmp_path, calibration):
    before = models["binary"].predict(raw_rows)["probability_dear"]
    model = rewritten(packages["binary"], tmp_path / "calibrated", calibration=calibration)
    answer = model.predict(raw_rows)
    after = answer["probability_dear"]
    if calibration["kind"] == "isotonic":
        np.testing.assert_allclose(after, 0.2 + 0.5 * before)
    else:
        np.testing.assert_allclose(after, before**3 / (before**3 + (1 - before) ** 3))
    assert ((answer["prediction"] == "dear") == (after > 0.5)).all()


def test_mlflows_parameters_are_the_same(models, raw_rows):
    model = PyfuncModel(models["binary"])
    given = {"output": "probability", "interval": 0.9, "explain": None, "threshold": None}
    asked = model.predict(raw_rows, params=given)
    assert asked.equals(models["binary"].predict(raw_rows, output="probability", interval=0.9))
    assert model.predict(raw_rows).equals(models["binary"].predict(raw_rows))
    with pytest.raises(BadInput, match="no parameter 'intervall'; there are output, interval"):
        model.predict(raw_rows, params={"intervall": 0.9})


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], np.zeros((1, 2)), {"area": [1.0]}, None])
def test_rows_that_are_no_frame_are_named(models, rows):
    with pytest.raises(BadInput, match=f"DataFrame .got a {type(rows).__name__}"):
        models["binary"].predict(rows)

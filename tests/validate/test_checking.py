from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from automl_tasks.ingest import load_snapshot, publish


def messages(result, severity=None):
    return [each.message for each in result.failures if severity in (None, each.severity)]


def test_first_snapshot_makes_the_suite(validate, people, store):
    result = validate(people, time="when", id="key")
    assert (result.status, result.first, result.failures) == ("pass", True, [])
    suite = store.read_json("toy/expectations.json")
    assert suite["inferred_from"] == result.snapshot
    assert result.checked == len(suite["expectations"]) > 8
    assert store.read_json(f"toy/validations/{result.snapshot}.json") == result.model_dump()
    assert store.list("toy/quarantine") == []
    assert not store.exists("toy/current.json")


def test_again_changes_nothing(validate, people, store):
    first = validate(people)
    suite = store.read_json("toy/expectations.json")
    assert validate(people) == first
    assert store.read_json("toy/expectations.json") == suite


def test_ordinary_new_rows_pass(validate, people):
    validate(people, time="when", id="key")
    more = people.assign(when=people["when"] + pd.Timedelta(days=30), key=people["key"] + 1000)
    result = validate(pd.concat([people, more]), time="when", id="key")
    assert (result.status, result.first, result.failures) == ("pass", False, [])


def bad(frame, name, positions, value):
    changed = frame.copy()
    changed[name] = changed[name].astype(object)
    changed.loc[positions, name] = value
    return changed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f.drop(columns="age"), "column 'age' is missing"),
        (lambda f: f.assign(age=np.nan), "column 'age' is missing in all 200 rows"),
        (lambda f: f.assign(city=None), "column 'city' is missing in all 200 rows"),
        (
            lambda f: bad(f, "age", [7], "unknown"),
            "column 'age' holds texts; expected numbers, first in row 8",
        ),
        (lambda f: f.assign(city=range(200)), "column 'city' holds numbers; expected texts"),
        (
            lambda f: bad(f, "age", [3, 9], np.inf),
            "column 'age' holds 2 infinite values, first in row 4",
        ),
        (lambda f: f.iloc[:99], "the table has 99 rows; expected at least 100"),
        (lambda f: f.assign(y="no"), "column 'y' holds the single value 'no'; expected at least 2"),
        (lambda f: f.assign(y=None), "column 'y' is missing in all 200 rows; expected at least 2"),
        (
            lambda f: bad(f, "when", [5], None),
            "column 'when': 0.5% of the values are missing; allowed 0.0%, first in row 6",
        ),
    ],
)
def test_unusable_data_go_to_quarantine(validate, people, store, change, reason):
    accepted = validate(people, time="when")
    suite = store.read_json("toy/expectations.json")
    result = validate(change(people), time="when")
    assert result.status == "quarantine"
    assert messages(result, "critical") == [reason]
    quarantined = store.read_json(f"toy/quarantine/{result.snapshot}.json")
    assert quarantined["reasons"] == [reason]
    assert "expectations.json" in quarantined["remedy"]
    assert store.list("toy/quarantine") == [f"{result.snapshot}.json"]
    assert store.read_json("toy/expectations.json") == suite
    assert suite["inferred_from"] == accepted.snapshot


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (
            lambda f: bad(f, "age", range(40), None),
            "column 'age': 20.0% of the values are missing; allowed 10.0%",
        ),
        (lambda f: bad(f, "age", [2], 500.0), "first in row 3"),
        (
            lambda f: bad(f, "city", range(20, 40), "Lima"),
            "column 'city': 20 new values (10.0%), first in row 21",
        ),
        (
            lambda f: bad(f, "y", [4, 5], "maybe"),
            "column 'y': 2 new values (1.0%), first in row 5",
        ),
        (
            lambda f: bad(f, "y", [4], "maybe"),
            "column 'y': class 'maybe' has a single row; it can be learned or checked, not both",
        ),
        (
            lambda f: bad(f, "key", [7, 9], 0),
            "2 rows repeat the id of an earlier row ('key'), first row 8",
        ),
    ],
)
def test_changes_of_the_world_are_warnings(validate, people, store, change, warning):
    validate(people, id="key")
    result = validate(change(people), id="key")
    assert result.status == "warn"
    assert any(warning in message for message in messages(result, "warning")), messages(result)
    assert store.list("toy/quarantine") == []


def test_older_data_are_a_warning(validate, people, store):
    first = validate(people, time="when")
    publish(store, load_snapshot(store, "toy", first.snapshot))
    older = people.assign(when=people["when"] - pd.Timedelta(days=1))
    (failure,) = validate(older, time="when").failures
    assert failure.message == (
        "column 'when': the newest row is of 2024-01-08T07:00:00, "
        "older than the published snapshot's 2024-01-09T07:00:00"
    )


@pytest.mark.parametrize(
    ("change", "keys", "reason"),
    [
        (lambda f: f.assign(y=1), {}, "column 'y' holds the single value"),
        (lambda f: f.assign(y=None), {}, "column 'y' is missing in all 200 rows"),
        (lambda f: bad(f, "age", [0], -np.inf), {}, "column 'age' holds 1 infinite value"),
        (lambda f: f.assign(y=range(200)), {"task": "binary"}, "200 distinct values"),
        (lambda f: f, {"task": "regression"}, "column 'y' holds texts; expected numbers"),
        (lambda f: bad(f, "when", [0], None), {"time": "when"}, "column 'when': 0.5%"),
    ],
)
def test_an_unusable_first_snapshot_makes_no_suite(validate, people, store, change, keys, reason):
    result = validate(change(people), **keys)
    assert result.status == "quarantine"
    assert result.first
    assert messages(result, "critical")[0].startswith(reason) or reason in messages(result)[0]
    assert not store.exists("toy/expectations.json")
    assert validate(people, time="when").first


def test_rows_without_target_are_fine(validate, people):
    assert validate(bad(people, "y", range(150), None)).status == "pass"


def test_ignored_columns_are_not_checked(validate, people):
    validate(people, ignore="city")
    assert validate(people.assign(city=1.0), ignore="city").status == "pass"


def test_a_quantity_has_no_classes(validate, people):
    target = people["age"] * 3.7
    validate(people.assign(y=target))
    result = validate(people.assign(y=target + 1.5))
    assert result.status == "pass"


def test_an_edited_suite_lets_a_snapshot_out_of_quarantine(validate, people, store):
    validate(people)
    changed = people.drop(columns="age")
    refused = validate(changed)
    suite = store.read_json("toy/expectations.json")
    for entry in suite["expectations"]:
        for key in ("column_set", "columns"):
            if key in entry["kwargs"]:
                entry["kwargs"][key] = [name for name in entry["kwargs"][key] if name != "age"]
    suite["expectations"] = [e for e in suite["expectations"] if e["kwargs"].get("column") != "age"]
    store.write_json("toy/expectations.json", suite)
    accepted = validate(changed)
    assert accepted.snapshot == refused.snapshot
    assert accepted.status == "pass"
    assert store.list("toy/quarantine") == []


def test_two_thousand_columns(validate):
    values = np.random.default_rng(0).normal(size=(200, 2000))
    frame = pd.DataFrame(values, columns=[f"c{n}" for n in range(2000)]).round(3)
    frame["y"] = frame["c0"] > 0
    validate(frame)
    result = validate(frame.assign(c1999=np.nan, c1000="x"))
    assert messages(result) == [
        "column 'c1000' holds texts; expected numbers, first in row 1",
        "column 'c1999' is missing in all 200 rows",
    ]


def test_importing_does_not_load_great_expectations():
    code = "import automl_tasks.validate, sys; print('great_expectations' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "False"

from __future__ import annotations

import json

import pytest

from automl_tasks.errors import ProblemError


@pytest.fixture
def edit(store):
    def edit(**entry):
        suite = store.read_json("toy/expectations.json")
        suite["expectations"].insert(1, entry)
        store.write_json("toy/expectations.json", suite)

    return edit


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"type": "expect_miracles"}, "expectations.1: there is no expectation 'expect_miracles'"),
        (
            {"type": "expect_column_values_to_be_between", "kwargs": {"column": "age", "low": 1}},
            r"expectations\.1 \(expect_column_values_to_be_between\): low",
        ),
        (
            {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": "many"}},
            r"expectations\.1 \(expect_table_row_count_to_be_between\): min_value",
        ),
        (
            {"type": "expect_columns_to_be_of_kinds", "kwargs": {}},
            r"expectations\.1 \(expect_columns_to_be_of_kinds\): kinds.*required",
        ),
        (
            {"type": "expect_column_to_exist", "severity": "fatal"},
            r"expectations\.1\.severity: .*'critical', 'warning' or 'info' \(got 'fatal'\)",
        ),
        ({"kwargs": {}}, r"expectations\.1\.type: Field required"),
        ({"type": "expect_column_to_exist", "args": 1}, r"expectations\.1\.args: Extra inputs"),
    ],
)
def test_wrong_entries_are_named(validate, people, edit, store, entry, message):
    validate(people)
    edit(**entry)
    with pytest.raises(ProblemError, match=message) as caught:
        validate(people)
    assert caught.value.where.endswith("toy/expectations.json")
    assert "Correct" in caught.value.remedy


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        ("[]", "the file: "),
        ('{"inferred_from": "x"}', "expectations: Field required"),
        ('{"inferred_from": "x", "expectations": [1]}', r"expectations\.0: "),
    ],
)
def test_mangled_files(validate, people, store, text, message):
    validate(people)
    store.path("toy/expectations.json").write_text(text)
    with pytest.raises(ProblemError, match=message):
        validate(people)
    assert store.path("toy/expectations.json").read_text() == text


def test_an_owner_can_add_what_great_expectations_has(validate, people, edit):
    validate(people)
    edit(
        type="expect_column_mean_to_be_between",
        kwargs={"column": "age", "max_value": 30},
        severity="critical",
    )
    result = validate(people)
    assert result.status == "quarantine"
    (failure,) = result.failures
    assert failure.column == "age"
    assert failure.message.startswith(
        "column 'age': expect_column_mean_to_be_between(max_value=30) is not met; observed 4"
    )


def test_an_expectation_that_cannot_be_checked_says_why(validate, people, edit):
    validate(people)
    edit(type="expect_column_mean_to_be_between", kwargs={"column": "city", "max_value": 3})
    (failure,) = validate(people).failures
    assert failure.message.startswith("expect_column_mean_to_be_between could not be checked: ")


def test_a_column_that_only_an_owner_names(validate, people, edit):
    validate(people)
    edit(type="expect_column_values_to_be_unique", kwargs={"column": "zip"}, severity="critical")
    (failure,) = validate(people).failures
    assert (failure.severity, failure.message) == ("critical", "column 'zip' is missing")


def test_the_file_is_meant_to_be_read(validate, people, store):
    validate(people)
    entries = json.loads(store.path("toy/expectations.json").read_text())["expectations"]
    age = [entry for entry in entries if entry["kwargs"].get("column") == "age"]
    assert [entry["type"] for entry in age] == [
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_between",
    ]
    assert age[1]["note"].startswith("the first snapshot held ")
    assert {entry["severity"] for entry in age} == {"warning"}

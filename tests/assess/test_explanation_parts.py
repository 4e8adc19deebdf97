"""The parts of an explanation that need no model."""

import json

import numpy as np
import pandas as pd
import pytest

from automl_tasks.assess.explanation.background import BACKGROUND_ROWS, make_background
from automl_tasks.assess.explanation.estimates import (
    Estimate,
    jackknife_estimate,
    mean_estimate,
)
from automl_tasks.assess.explanation.feature_kinds import made_features
from automl_tasks.assess.explanation.levels import column_levels
from automl_tasks.assess.explanation.report import ColumnImportance
from automl_tasks.assess.explanation.rules import leaves_of
from automl_tasks.assess.explanation.subject import columns_read
from automl_tasks.assess.explanation.tree_columns import asked_columns, questions
from automl_tasks.assess.explanation.wording import partial_notes
from automl_tasks.features.numeric import Scale
from automl_tasks.search.budget import explain_seconds
from automl_tasks.serve.steps.table import to_table


def days(count):
    return np.datetime64("2024-01-01", "us") + np.arange(count) * np.timedelta64(1, "D")


def test_a_text_is_told_when_ten_rows_have_it():
    values = np.array(["often"] * 30 + ["ten"] * 10 + ["nine"] * 9 + [None] * 12, dtype=object)
    found = column_levels(values, 5)
    assert [(level.value, level.rows) for level in found.told] == [
        ("often", 30),
        ("ten", 10),
        (None, 12),
    ]
    assert found.pooled == 9


def test_no_number_of_fewer_than_ten_rows_is_told():
    values = np.random.default_rng(0).normal(size=500)
    told = [level.value for level in column_levels(values, 12).told]
    assert len(told) == 12
    assert not np.isin(told, values).any()
    assert told == sorted(told)


def test_numbers_that_many_rows_share_stand_for_themselves():
    values = np.r_[np.zeros(900), np.random.default_rng(0).exponential(100, 100).round() + 1]
    found = column_levels(values, 12).told
    assert (found[0].value, found[0].rows) == (0, 900)
    assert len(found) > 8
    assert all(level.value == round(level.value) for level in found)
    assert sum(level.rows for level in found) == 1000


def test_days_stay_days():
    found = column_levels(days(300), 5).told
    assert len(found) == 5
    assert all(level.value == level.value.astype("datetime64[D]") for level in found)


def test_few_values_are_not_told_at_all():
    assert column_levels(np.arange(9.0), 5).told == []
    assert column_levels(np.full(40, np.nan), 5).told[0].value is None


def test_the_background_keeps_each_column_and_loses_what_links_them():
    number = np.random.default_rng(0).normal(size=3_000)
    found = make_background({"a": number, "b": number, "day": days(3_000)})
    assert all(len(values) == BACKGROUND_ROWS for values in found.values())
    assert found["a"].mean() == pytest.approx(number.mean(), abs=0.05)
    assert found["a"].std() == pytest.approx(number.std(), rel=0.1)
    assert abs(np.corrcoef(found["a"], found["b"])[0, 1]) < 0.4
    assert sorted(found["a"]) == sorted(found["b"])


def test_any_power_of_two_of_its_rows_is_spread_over_a_column():
    found = make_background({"a": np.arange(3_200.0)})["a"]
    for rows in (2, 4, 8, 16):
        assert sorted((found[:rows] // (3_200 / rows)).astype(int)) == list(range(rows))


def test_the_background_holds_no_id_no_rare_text_and_no_free_text():
    columns = {
        "text": np.array([f"word {row}" for row in range(200)], dtype=object),
        "city": np.array(["Aachen"] * 120 + ["Bonn"] * 60 + ["rare"] * 9 + [None] * 11, object),
        "gone": np.full(200, np.nan),
    }
    found = make_background(columns)
    assert set(found["text"]) == {None}
    assert {"Aachen", "Bonn"} <= set(found["city"]) <= {"Aachen", "Bonn", None}
    assert np.isnan(found["gone"]).all()


def test_an_interval_covers_the_value_of_other_rows():
    random, covered = np.random.default_rng(0), 0
    for _ in range(100):
        values = random.exponential(size=300)
        mean = mean_estimate(values)
        root = jackknife_estimate(lambda rows, v=values: np.sqrt((v[rows] ** 2).mean()), 300)
        covered += mean.low <= 1 <= mean.high
        covered += root.low <= np.sqrt(2) <= root.high
    assert 178 <= covered <= 199


def test_what_rows_do_not_determine_has_no_estimate():
    assert jackknife_estimate(lambda _: float("nan"), 50) is None


def test_rules_are_said_in_words():
    from sklearn.tree import DecisionTreeRegressor

    random = np.random.default_rng(0)
    columns = {
        "area": np.where(random.random(600) < 0.2, np.nan, random.uniform(0, 100, 600)),
        "city": random.choice(np.array(["Bonn", "Celle", None], dtype=object), 600),
        "sold": days(600),
    }
    answer = 10.0 * (columns["city"] == "Bonn") + 5 * (columns["area"] > 50)
    answer = answer + (columns["sold"] > np.datetime64("2025-01-01"))
    asked = questions(columns)
    table = asked_columns(asked, columns)
    tree = DecisionTreeRegressor(max_leaf_nodes=8, random_state=0).fit(table, answer)
    leaves = leaves_of(tree.tree_, asked, np.isnan(table).any(axis=0))
    assert sum(leaf.rows for leaf in leaves) == 600
    told = {round(float(leaf.value[0])): leaf.conditions for leaf in leaves}
    assert told[16][0] == "city is Bonn"
    assert told[16][1].startswith(("area > 50", "area > 49"))
    assert told[16][2] in ("year of sold > 2024", "sold > 2025-01-01")
    assert told[0][0] == "city is not Bonn"
    assert told[0][1].endswith("or missing")


def test_whole_numbers_are_compared_with_whole_numbers():
    columns = {"year": np.repeat([2023.0, 2024.0], 20), "share": np.linspace(0, 98_765.4321, 40)}
    year, share = questions(columns)
    assert year.below(2023.5) == "year ≤ 2023"
    assert year.above(2023.5) == "year > 2023"
    assert share.above(20_253.7) == "share > 20250"


def test_only_the_first_read_names_what_a_consumer_sends():
    steps = [
        {"kind": "read", "columns": {"hour": "number"}},
        {"kind": "log", "columns": ["hour"]},
        {"kind": "read", "columns": {"hour": "number", "log(hour)": "number"}},
    ]
    assert columns_read(json.loads(json.dumps(steps))) == {"hour": "number"}


def test_an_explanation_takes_a_bounded_share_of_the_budget():
    assert explain_seconds(3_600, 100) == 180
    assert explain_seconds(60, 100) == 3
    assert explain_seconds(10, 100) == 1
    assert explain_seconds(3_600, 0) == 0


def test_marks_of_gaps_are_no_steps_of_an_owner():
    frame = pd.DataFrame({"a": [1.0, 2.0, None, 4.0] * 5})
    scaled = Scale().fit_table(to_table(frame), None)
    read = {"kind": "read", "columns": {"a": "number"}}
    features, kinds = made_features([read, scaled], frame)
    assert len(features) == 2
    assert set(kinds.values()) == {"numbers"}


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (["a"], "Not shuffled: a (1 of 13 columns)."),
        (["a", "b"], "Not shuffled: a and b (2 of 13 columns)."),
        (list("abcdefg"), "Not shuffled: a, b, c, d, e and 2 more (7 of 13 columns)."),
    ],
)
def test_columns_that_were_not_shuffled_are_named(left, said):
    some = Estimate(value=1.0, low=0.5, high=1.5)
    importance = [
        ColumnImportance(column=name, contribution=some, loss_rise=None if name in left else some)
        for name in "abcdefghijklm"
    ]
    assert partial_notes(importance) == [f"{said} There was no time, or no loss is known."]

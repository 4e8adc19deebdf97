"""Shapley values against their definition, and on models that answer in each of the ways."""

import json
from itertools import combinations
from math import factorial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve import BadInput
from automl_tasks.serve.attribution import (
    Attribution,
    attribute,
    reasons,
    shapley_values,
    usual_permutations,
)
from automl_tasks.serve.background import background_text, load_background, read_columns
from automl_tasks.serve.columns import Column

KINDS = {"area": "number", "rooms": "number", "sold": "moment", "city": "text"}


def table(rows, seed):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "area": random.uniform(20, 200, rows),
            "rooms": random.integers(1, 7, rows),
            "sold": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 90, rows), "D"),
            "city": random.choice(["Aachen", "Bonn", None], rows),
        }
    )


def value(frame):
    """Columns that interact by threes, so that no shortcut is exact."""
    days = (frame["sold"] - pd.Timestamp("2024-01-01")).dt.days.to_numpy()
    bonn = (frame["city"] == "Bonn").to_numpy()
    area, rooms = frame["area"].to_numpy(dtype=float), frame["rooms"].to_numpy(dtype=float)
    return area * rooms * (1 + bonn) / 100 + np.sin(days / 10)


def shares(frame):
    scores = np.stack([np.zeros(len(frame)), value(frame) / 5, value(frame) ** 2 / 50], axis=1)
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def model(predict, background=True):
    columns = [Column(name, kind) for name, kind in KINDS.items()]
    return SimpleNamespace(
        predict_raw=predict, columns=columns, background=table(32, 1) if background else None
    )


def by_definition(row, background):
    """(columns,) Shapley values of one row, from all coalitions."""
    names = list(KINDS)

    def worth(coalition):
        mixed = background.copy()
        for name in coalition:
            mixed[name] = [row[name]] * len(mixed)
        return value(mixed).mean()

    def share(name):
        others = [other for other in names if other != name]
        return sum(
            factorial(size)
            * factorial(len(others) - size)
            / factorial(len(names))
            * (worth((*group, name)) - worth(group))
            for size in range(len(names))
            for group in combinations(others, size)
        )

    return np.array([share(name) for name in names])


def test_contributions_add_up_to_the_answer():
    rows = table(20, 0)
    for predict in (value, shares):
        found = attribute(model(predict), rows, permutations=4)
        answer = predict(rows).reshape(len(rows), -1)
        assert found.columns == list(KINDS)
        np.testing.assert_allclose(found.answers, answer, atol=1e-9)
        np.testing.assert_allclose(
            found.base, predict(table(32, 1)[:4]).reshape(4, -1).mean(axis=0), atol=1e-12
        )


def test_contributions_are_near_the_values_of_all_coalitions():
    rows, background = table(12, 0), table(32, 1)
    exact = np.array([by_definition(row, background) for row in rows.to_dict("records")])
    found = attribute(model(value), rows, permutations=32).contributions[:, :, 0]
    noise = np.sqrt(((found - exact) ** 2).mean())
    assert noise < 0.1 * np.abs(exact).mean()


def test_a_row_is_explained_the_same_alone_in_another_order_and_again():
    rows = table(40, 0)
    whole = attribute(model(value), rows).contributions
    np.testing.assert_array_equal(attribute(model(value), rows).contributions, whole)
    np.testing.assert_allclose(attribute(model(value), rows.iloc[[7]]).contributions, whole[[7]])
    turned = attribute(model(value), rows.iloc[::-1]).contributions
    np.testing.assert_allclose(turned, whole[::-1])


def test_values_are_read_as_the_model_reads_them():
    rows = table(5, 0)
    spelled = rows.assign(
        area=rows["area"].map(repr), sold=rows["sold"].dt.strftime("%Y-%m-%d"), rooms=rows["rooms"]
    )
    np.testing.assert_allclose(
        attribute(model(value), spelled).contributions,
        attribute(model(value), rows).contributions,
    )


def test_an_absent_column_counts_as_missing():
    rows = table(5, 0)
    found = attribute(model(value), rows.drop(columns="city")).contributions
    expected = attribute(model(value), rows.assign(city=None)).contributions
    np.testing.assert_array_equal(found, expected)


def test_a_column_without_influence_or_like_the_background_contributes_nothing():
    background = table(32, 1).assign(rooms=3)
    rows = {name: each[:6] for name, each in read_columns(table(6, 0), KINDS).items()}
    rows["rooms"] = np.full(6, 3.0)
    found = shapley_values(
        lambda frame: frame["area"].to_numpy() * frame["rooms"].to_numpy(),
        rows,
        read_columns(background, KINDS),
    ).contributions
    assert not found[:, 1:].any()
    assert found[:, 0].all()


def test_many_columns_are_explained_with_a_bounded_number_of_predictions():
    asked = []

    def predict(frame):
        asked.append(len(frame))
        return frame.to_numpy().sum(axis=1)

    random = np.random.default_rng(0)
    columns = {f"c{number}": random.normal(size=2) for number in range(100)}
    background = {name: random.normal(size=32) for name in columns}
    found = shapley_values(predict, columns, background)
    assert sum(asked) <= 2 * 1_024 + 40
    np.testing.assert_allclose(found.answers[:, 0], sum(columns.values()))
    assert usual_permutations(3) == 32
    assert usual_permutations(5_000) == 2


def test_the_background_is_the_same_after_it_was_written(tmp_path):
    columns = read_columns(table(32, 1), KINDS)
    (tmp_path / "background.json").write_text(background_text(columns))
    again = read_columns(load_background(tmp_path), KINDS)
    for name, values in columns.items():
        np.testing.assert_array_equal(again[name], values)
    assert load_background(tmp_path / "none") is None


def test_reasons_are_the_largest_contributions_to_the_predicted_class():
    contributions = np.array([[[0.1, -0.1], [-0.3, 0.3], [0.0, 0.0]]] * 2)
    found = Attribution(["a", "b", "c"], np.array([0.5, 0.5]), contributions)
    told = [json.loads(text) for text in reasons(found, np.array([0, 1]), 2)]
    assert told == [[["b", -0.3], ["a", 0.1]], [["b", 0.3], ["a", -0.1]]]


def test_a_package_from_before_there_was_a_background_says_so():
    with pytest.raises(BadInput, match=r"'explain' needs a background.* register the model again"):
        attribute(model(value, background=False), table(2, 0))

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from automl_tasks.errors import DataError, ProblemError
from automl_tasks.features import feature_columns, infer_roles
from automl_tasks.problem import Problem

ROWS = 400


def problem(**keys) -> Problem:
    return Problem(name="shop", source="shop.csv", target="y", **keys)


def role(values, **keys):
    return infer_roles(pd.DataFrame({"x": values}), problem(**keys)).get("x")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def some_text(rng, words):
    return " ".join(rng.choice(["blue", "red", "old", "new", "car", "house"], words))


@pytest.mark.parametrize(
    ("expected", "make"),
    [
        ("numeric", lambda rng: rng.normal(size=ROWS)),
        ("numeric", lambda rng: rng.integers(0, 5, ROWS)),
        ("numeric", lambda rng: rng.random(ROWS) < 0.5),
        ("numeric", lambda rng: np.where(rng.random(ROWS) < 0.5, np.inf, 1.0)),
        ("numeric", lambda rng: pd.to_timedelta(rng.integers(0, 99, ROWS), unit="h")),
        ("numeric", lambda rng: [Decimal(int(value)) for value in rng.integers(0, 9, ROWS)]),
        ("numeric", lambda rng: [True, None, False, True] * (ROWS // 4)),
        ("numeric", lambda rng: pd.array(rng.integers(0, 9, ROWS), dtype="Int64")),
        ("numeric", lambda rng: [1.5] * 3 + [None] * (ROWS - 3)),
        ("categorical", lambda rng: rng.choice(["a", "b", None], ROWS)),
        ("categorical", lambda rng: rng.choice(np.array(["a", 1, 2.5], dtype=object), ROWS)),
        ("categorical", lambda rng: rng.choice(["007", "012"], ROWS)),
        ("categorical", lambda rng: pd.Categorical(rng.choice(["1", "2"], ROWS))),
        ("high_cardinality", lambda rng: [f"shop {n}" for n in rng.integers(0, 150, ROWS)]),
        ("datetime", lambda rng: pd.date_range("2024-01-01", periods=ROWS, freq="h")),
        ("datetime", lambda rng: pd.date_range("2024-01-01", periods=ROWS, tz="Europe/Paris")),
        ("datetime", lambda rng: [f"2024-01-{1 + n % 28:02d}" for n in range(ROWS)]),
        ("datetime", lambda rng: [f"2024-01-{1 + n % 28:02d}T12:30:00Z" for n in range(ROWS)]),
        ("datetime", lambda rng: [dt.date(2024, 1, 1 + n % 28) for n in range(ROWS)]),
        ("text", lambda rng: [some_text(rng, 8) + str(n) for n in range(ROWS)]),
        ("id", lambda rng: [f"order-{n}" for n in rng.permutation(ROWS)]),
        ("id", lambda rng: np.arange(1000, 1000 + ROWS)),
        ("id", lambda rng: rng.permutation(ROWS)),
        ("id", lambda rng: np.cumsum(rng.integers(1, 9, ROWS))),
        ("constant", lambda rng: ["same"] * ROWS),
        ("constant", lambda rng: np.zeros(ROWS)),
        ("constant", lambda rng: [None] * ROWS),
        ("constant", lambda rng: [pd.Timestamp("2024-01-01")] * ROWS),
    ],
)
def test_role_from_values(expected, make, rng):
    assert role(make(rng)) == expected


def test_whole_numbers_in_any_order_with_gaps_are_no_id_unless_called_so(rng):
    prices = rng.choice(10**6, ROWS, replace=False)
    roles = infer_roles(pd.DataFrame({"price": prices, "customer_id": prices}), problem())
    assert roles == {"price": "numeric", "customer_id": "id"}


def test_time_column_that_counts_on_is_no_id():
    assert role(np.arange(ROWS), time="x") == "numeric"


def test_columns_that_identify_a_row_keep_their_role(rng):
    assert role(rng.integers(0, 24, ROWS), id="x") == "numeric"


def test_ignored_columns_and_target_have_no_role(rng):
    frame = pd.DataFrame({"a": rng.normal(size=9), "b": rng.normal(size=9), "y": 0})
    assert list(infer_roles(frame, problem(ignore=["a"]))) == ["b"]


def test_owner_overrides(rng):
    frame = pd.DataFrame({"hour": rng.integers(0, 24, ROWS), "secret": rng.normal(size=ROWS)})
    roles = infer_roles(frame, problem(roles={"hour": "categorical", "secret": "leak_suspect"}))
    assert roles == {"hour": "categorical", "secret": "leak_suspect"}
    assert feature_columns(roles) == ["hour"]


def test_override_that_no_value_can_have():
    with pytest.raises(ProblemError, match=r"'x' datetime, and none of its values is a date"):
        role(["red", "blue"], roles={"x": "datetime"})


@pytest.mark.parametrize("key", ["roles", "ignore", "protected"])
def test_misspelt_column_in_the_problem(key):
    named = {"incme": "numeric"} if key == "roles" else ["incme"]
    with pytest.raises(ProblemError, match=r"'incme'.*Did you mean 'income'\?"):
        infer_roles(pd.DataFrame({"income": [1.0]}), problem(**{key: named}))


def test_duplicate_column_names():
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(DataError, match="duplicate column names: 'a'"):
        infer_roles(frame, problem())


@pytest.mark.parametrize(("repeats", "expected"), [(1, "id"), (2, "high_cardinality")])
def test_a_large_column_is_an_id_only_if_all_of_it_is_unique(repeats, expected):
    # Either way 50,000 sampled rows are more than 95 % distinct.
    levels = [f"user{n // repeats}" for n in range(300_000)]
    assert role(levels) == expected


def test_few_repeated_ids_are_still_ids():
    assert role([f"user{n}" for n in range(100)] + ["user1", "user2"]) == "id"
    assert role([f"user{n}" for n in range(100)] * 2) == "high_cardinality"

import numpy as np
import pandas as pd

from automl_tasks.features import find_leaks

ROWS = 2_000
rng = np.random.default_rng(0)
noise = rng.normal(size=ROWS)
unique = [f"id{n}" for n in rng.permutation(ROWS)]


def test_binary_leak_is_found_whatever_its_type():
    target = pd.Series(np.where(rng.random(ROWS) < 0.3, "yes", "no"))
    yes = target == "yes"
    frame = pd.DataFrame(
        {
            "closed_at": np.where(yes, "2024-01-01", None),
            "score": np.where(yes, 5 + noise, -5 + noise),
            "good": yes * 0.8 + noise,
            "noise": noise,
            "unique": unique,
        }
    )
    assert set(find_leaks(frame, target, "binary")) == {"closed_at", "score"}


def test_regression_leak_is_found_even_if_skewed_or_only_monotone():
    target = pd.Series(np.exp(3 * noise))
    frame = pd.DataFrame(
        {"in_cents": target * 100, "rank": noise, "near": noise + rng.normal(size=ROWS)}
    )
    found = find_leaks(frame.assign(unique=unique), target, "regression")
    assert set(found) == {"in_cents", "rank"}
    assert all(0.99 < score <= 1 for score in found.values())


def test_multiclass_leak_is_not_mistaken_for_a_common_class():
    target = pd.Series(rng.choice(["a", "b", "c"], ROWS, p=[0.995, 0.0025, 0.0025]))
    frame = pd.DataFrame({"noise": noise, "code": target.map({"a": 7, "b": 1, "c": 4})})
    assert find_leaks(frame, target, "multiclass") == {"code": 1.0}


def test_rows_without_label_and_columns_without_values_do_no_harm():
    target = pd.Series(np.where(noise > 0, 1.0, 0.0))
    target[:50] = np.nan
    frame = pd.DataFrame({"empty": [None] * ROWS, "infinite": np.full(ROWS, np.inf), "x": target})
    assert list(find_leaks(frame, target, "binary")) == ["x"]


def test_few_rows_say_nothing():
    target = pd.Series([0, 1] * 10)
    assert find_leaks(pd.DataFrame({"x": target}), target, "binary") == {}

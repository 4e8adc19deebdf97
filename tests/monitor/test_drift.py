import numpy as np
import pandas as pd
import pytest

from automl_tasks.monitor.drift import benjamini_hochberg, measure_drift

RNG = np.random.default_rng(7)
NORMAL = RNG.normal(size=3000)


def drift_of(reference, current):
    frames = (pd.DataFrame({"x": pd.Series(values)}) for values in (reference, current))
    (column,) = measure_drift(*frames).columns
    return column


def test_equal_distributions_show_no_drift_in_many_columns():
    rng = np.random.default_rng(1)
    numbers = {f"n{i}": rng.standard_t(2, size=2300) for i in range(100)}
    levels = {f"c{i}": rng.integers(50, size=2300).astype(str) for i in range(50)}
    frame = pd.DataFrame(numbers | levels)
    # Evidently's distance rule flags most of these 50-level columns at 300 rows.
    assert measure_drift(frame[:2000], frame[2000:]).drifted == []


def test_a_shift_is_found_and_the_largest_comes_first():
    reference = pd.DataFrame({"a": NORMAL, "b": NORMAL[::-1], "same": NORMAL})
    current = reference[:600].assign(
        a=NORMAL[:600] + 0.8, b=NORMAL[:600] + 3, same=NORMAL[1000:1600]
    )
    assert measure_drift(reference, current).drifted == ["b", "a"]


def test_a_shift_too_small_to_matter_is_no_drift_however_many_rows():
    column = drift_of(RNG.normal(size=200_000), RNG.normal(0.05, size=200_000))
    assert column.adjusted < 1e-6
    assert not column.drifted


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (np.append(NORMAL, [np.inf, -np.inf]), np.append(NORMAL[:300] + 5, [np.inf, -np.inf])),
        (np.where(RNG.random(3000) < 0.9, np.nan, NORMAL), NORMAL + 5),
        (
            np.where(RNG.random(3000) < 0.9, np.nan, NORMAL),
            np.where(RNG.random(3000) < 0.9, np.nan, NORMAL + 5),
        ),
        (NORMAL, np.full(300, np.nan)),
        (NORMAL, np.where(np.arange(300) % 2, np.inf, NORMAL[:300])),
        (np.full(3000, 4.0), np.full(300, 3.0)),
        (["a", "b"] * 1000, ["a", "new"] * 100),
        (["a", "b"] * 1000, [None, "b"] * 100),
        (NORMAL, ["n/a"] * 300),
        (pd.to_timedelta(NORMAL, "h"), pd.to_timedelta(NORMAL[:300] + 2, "h")),
        (pd.array(NORMAL, "Float64"), pd.array([None] * 200 + [1.0] * 100, "Float64")),
        ([True, False] * 1000, [True] * 200),
    ],
    ids=[
        "infinities",
        "null-heavy reference",
        "null-heavy both",
        "all null now",
        "infinite now",
        "another constant",
        "unseen level",
        "nulls in levels",
        "numbers turned words",
        "durations",
        "nullable numbers",
        "booleans",
    ],
)
def test_drift_is_seen_through_odd_values(reference, current):
    assert drift_of(reference, current).drifted


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (np.full(3000, 4.0), np.full(300, 4.0)),
        (np.full(3000, np.nan), np.full(300, np.nan)),
        ([None] * 500, [None] * 100),
        (np.append(NORMAL, [np.inf] * 3), np.append(NORMAL[:300], [np.inf])),
        ([1, 2, 3] * 500, [1.0, 2.0, 3.0, None] + [1.0, 2.0, 3.0] * 100),
        (NORMAL, NORMAL[:3]),
        ([1, "a", 2.0] * 500, ["1", "a", 2] * 50),
        (NORMAL, NORMAL[:300].astype(str).astype(object)),
        (["a"], ["b"]),
    ],
    ids=[
        "constant",
        "null numbers",
        "null objects",
        "infinities",
        "integers turned floats",
        "three rows",
        "mixed types",
        "numbers as words",
        "one row",
    ],
)
def test_no_drift_is_invented_from_odd_values(reference, current):
    column = drift_of(reference, current)
    assert column.kind != "unknown"
    assert not column.drifted


def test_what_cannot_be_compared_is_unknown_and_costs_no_other_column():
    class Unreadable:
        def __str__(self):
            raise TypeError("no text")

    odd = [Unreadable()] * 100
    reference = pd.DataFrame({"gone": [1, 2] * 50, "odd": odd, "x": ["a", "b"] * 50})
    summary = measure_drift(reference, reference[["odd", "x"]])
    assert sorted(summary.unknown) == ["gone", "odd"]
    assert [column.column for column in summary.columns if column.kind != "unknown"] == ["x"]
    why = {column.column: column.why for column in summary.columns}
    assert why == {"gone": "the newest rows lack it", "odd": "TypeError", "x": ""}


def test_no_rows_are_unknown_not_stable():
    frame = pd.DataFrame({"x": NORMAL})
    assert measure_drift(frame, frame[:0]).unknown == ["x"]
    assert measure_drift(frame[:0], frame).unknown == ["x"]
    assert measure_drift(frame[[]], frame).columns == []


def test_a_column_that_the_champion_hardly_uses_does_not_alarm():
    reference = pd.DataFrame(dict.fromkeys(("used", "noise", "unknown_to_it"), NORMAL))
    summary = measure_drift(
        reference, reference[:500] + 2, importance={"used": 90.0, "noise": 0.5, "other": 9.5}
    )
    assert summary.drifted == ["used"]
    assert sorted(summary.hardly_used) == ["noise", "unknown_to_it"]
    assert summary.used_share == pytest.approx(0.905)
    assert measure_drift(reference, reference[:500] + 2).used_share is None
    quiet = measure_drift(reference, reference[:500], importance={"used": 1.0})
    assert (quiet.drifted, quiet.used_share) == ([], 0.0)


def test_an_importance_that_says_nothing_leaves_all_columns_in_use():
    frame = pd.DataFrame({"x": NORMAL})
    for importance in ({}, {"x": 0.0}, {"x": float("nan")}):
        assert measure_drift(frame, frame[:500] + 2, importance=importance).drifted == ["x"]


def test_of_many_columns_that_are_used_alike_none_is_hardly_used():
    names = [f"c{i}" for i in range(200)]
    frame = pd.DataFrame(RNG.normal(size=(1000, 200)), columns=names)
    moved = frame[:300].assign(c7=frame["c7"][:300] + 2)
    summary = measure_drift(frame, moved, importance=dict.fromkeys(names, 1.0))
    assert summary.drifted == ["c7"]


def test_dates_are_facts_and_no_columns_that_drift():
    reference = pd.DataFrame({"at": pd.date_range("2012", periods=500, freq="h"), "x": 1})
    reference["said"] = reference["at"].astype(str)
    current = reference.assign(at=reference["at"] + pd.Timedelta("30D"))
    summary = measure_drift(reference, current, roles={"said": "datetime"})
    assert [column.column for column in summary.columns] == ["x"]
    assert {each.column: each.ahead_hours for each in summary.freshness} == {"at": 720, "said": 0}


def _frame(rng, kind, rows, columns):
    draw = {
        "normal": lambda: rng.normal(size=rows),
        "heavy": lambda: rng.standard_t(2, size=rows),
        "levels": lambda: rng.integers(50, size=rows).astype(str),
    }[kind]
    return pd.DataFrame({f"c{i}": draw() for i in range(columns)})


@pytest.mark.parametrize("kind", ["normal", "heavy", "levels"])
def test_equal_distributions_alarm_in_at_most_one_of_twenty_checks(kind):
    # Sizes are (reference, current, columns, checks); the seeds are fixed, so this never flickers.
    sizes = [(100, 100, 20, 12), (100, 3000, 20, 4), (2000, 100, 20, 8), (20_000, 20_000, 20, 1)]
    alarms = []
    for reference, current, columns, checks in [*sizes, (1000, 200, 200, 1)]:
        for seed in range(checks):
            frame = _frame(np.random.default_rng(seed), kind, reference + current, columns)
            alarms.append(bool(measure_drift(frame[:reference], frame[reference:]).drifted))
    assert np.mean(alarms) <= 0.05


def test_benjamini_hochberg_against_scipy():
    from scipy.stats import false_discovery_control

    p_values = RNG.random(50) ** 3
    assert benjamini_hochberg(p_values) == pytest.approx(false_discovery_control(p_values))
    assert benjamini_hochberg(np.array([])).shape == (0,)


def test_the_summary_holds_no_values_of_rows():
    reference = pd.DataFrame({"name": ["secret-ann", "secret-bob"] * 100})
    summary = measure_drift(reference, reference[:10])
    assert "secret" not in summary.model_dump_json()

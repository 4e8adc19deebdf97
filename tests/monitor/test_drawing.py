import re

import numpy as np
import pandas as pd
import pytest

from automl_tasks.monitor.drawing import draw_report, drawable
from automl_tasks.monitor.drift import ColumnDrift, DriftSummary


def drift_of(*columns):
    return DriftSummary(reference_rows=400, current_rows=200, columns=list(columns))


RNG = np.random.default_rng(2)


@pytest.fixture(scope="module")
def frames():
    rows = 400
    reference = pd.DataFrame(
        {
            "temp": RNG.normal(size=rows),
            "season": RNG.choice(["spring", "<b>summer</b>"], size=rows),
            "</script><b>": RNG.normal(size=rows),
            "person": [f"person-{i}" for i in range(rows)],
            "never": np.nan,
            "holes": np.where(RNG.random(rows) < 0.9, np.inf, 1.5),
            "holiday": RNG.random(rows) < 0.1,
        }
    )
    current = reference.sample(200, random_state=0).assign(temp=lambda frame: frame["temp"] + 2)
    reference.loc[0, "temp"] = 777_123.456
    return reference, current


def test_what_is_drawn_shows_no_single_row(frames):
    shown = drawable(*frames)
    there, here = shown.reference, shown.current
    assert (len(there), len(here)) == (400, 200)
    assert "never" not in there.columns
    assert set(there["person"]) == {"(other)"}
    assert there["temp"].max() < 10
    assert (shown.kinds["temp"], shown.kinds["holiday"]) == ("numeric", "categorical")


def test_a_category_of_few_rows_is_not_named():
    rare = pd.DataFrame({"city": ["big"] * 95 + ["village"] * 5})
    there = drawable(rare, rare[:96]).reference
    assert set(there["city"]) == {"big", "(other)"}


def test_of_texts_the_length_is_drawn_and_of_dates_nothing():
    texts = [f"dear mister number {i} of us" for i in range(200)]
    frame = pd.DataFrame({"note": texts, "at": pd.date_range("2012", periods=200), "x": 1.0})
    shown = drawable(frame, frame[:100])
    assert shown.kinds == {"note": "text", "x": "numeric"}
    assert shown.reference["note"].max() <= 30


def test_categories_are_never_drawn_as_numbers():
    frame = pd.DataFrame({"hour": np.arange(480) % 24, "month": np.arange(480) % 12 + 1.0})
    drift = drift_of(ColumnDrift(column="month", kind="categorical"))
    shown = drawable(frame, frame[:240], drift=drift, roles={"hour": "categorical"})
    assert set(shown.kinds.values()) == {"categorical"}
    assert set(shown.reference["month"]) == {str(month) for month in range(1, 13)}


def test_columns_that_differ_in_what_is_unsafe_alone_are_both_drawn():
    frame = pd.DataFrame({"a<": [1.0, 2.0], "a>": [3.0, 4.0]})
    assert list(drawable(frame, frame).names.values()) == ["a<", "a>"]


def test_the_report_is_a_page_without_rows_or_foreign_markup(frames):
    html = draw_report(*frames)
    assert "temp" in html
    for raw in ("777123", "777_123", "person-1", "</script><b>", "<b>summer"):
        assert raw not in html
    assert not any(repr(value) in html for value in frames[1]["temp"])


def test_the_drawings_bear_the_verdicts_of_the_decision_and_no_others(frames):
    # Evidently alone would find a moved 'temp' to have drifted.
    kept = ColumnDrift(column="temp", kind="numeric", effect=0.04, adjusted=0.5, effective_rows=2)
    columns = [
        ColumnDrift(column="season", kind="categorical", effect=0.3, adjusted=0.001, drifted=True),
        kept,
        ColumnDrift(column="holiday", kind="categorical", effect=0.2, hardly_used=True),
        ColumnDrift(column="holes", kind="unknown"),
    ]
    html = draw_report(*frames, drift=drift_of(*columns), title="a < b", heading="<p>why</p>")
    data = html[html.index("var ") : html.index("<body>")]
    rows = re.findall(r'"Column": "(.+?)".*?"Decision": "(.+?)", "Effect": "(.*?)"', data)
    assert rows[:4] == [
        ("season", "drifted", "0.30"),
        ("temp", "no drift", "0.04"),
        ("holiday", "differs, hardly used", "0.20"),
        ("holes", "not compared", ""),
    ]
    assert {said for _, said, _ in rows[4:]} == {"not compared"}
    assert not re.search(r"Dataset Drift|Detected|Drift is detected|PSI", data)
    assert "<title>a &lt; b</title>" in html
    assert "<body><p>why</p>" in html

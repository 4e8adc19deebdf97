import numpy as np
import pandas as pd
import pytest

from automl_tasks.monitor.drawing import draw_report, drawable

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
    there, here, numeric = drawable(*frames)
    assert (len(there), len(here)) == (400, 200)
    assert "never" not in there.columns
    assert set(there["person"]) == {"(other)"}
    assert there["temp"].max() < 10
    assert "temp" in numeric
    assert "holiday" not in numeric


def test_a_category_of_few_rows_is_not_named():
    rare = pd.DataFrame({"city": ["big"] * 95 + ["village"] * 5})
    there, _, _ = drawable(rare, rare[:96])
    assert set(there["city"]) == {"big", "(other)"}


def test_of_texts_the_length_is_drawn_and_of_dates_nothing():
    texts = [f"dear mister number {i} of us" for i in range(200)]
    frame = pd.DataFrame({"note": texts, "at": pd.date_range("2012", periods=200), "x": 1.0})
    there, _, numeric = drawable(frame, frame[:100])
    assert list(there.columns) == numeric == ["note", "x"]
    assert there["note"].max() <= 30


def test_the_report_is_a_page_without_rows_or_foreign_markup(frames):
    html = draw_report(*frames)
    assert "temp" in html
    assert "PSI" in html  # and not what the number of rows would choose
    for raw in ("777123", "777_123", "person-1", "</script><b>", "<b>summer"):
        assert raw not in html
    assert not any(repr(value) in html for value in frames[1]["temp"])

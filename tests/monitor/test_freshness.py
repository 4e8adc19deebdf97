from datetime import UTC, datetime

import pandas as pd
import pytest

from automl_tasks.monitor.freshness import measure_freshness

HOURS = pd.Series(pd.date_range("2012-01-01", periods=240, freq="h"), name="at")
NEXT_DAY = HOURS[-24:] + pd.Timedelta("1D")


def test_newest_dates_against_the_usual_gap():
    facts = measure_freshness(HOURS, NEXT_DAY, datetime(2012, 1, 12, 0, 30))
    assert facts.column == "at"
    assert facts.ahead_hours == 24
    assert facts.usual_gap_hours == 1
    assert facts.age_hours == pytest.approx(1.5)
    assert facts.late is True
    assert (
        measure_freshness(HOURS, NEXT_DAY, datetime(2012, 1, 11, 23, 40, tzinfo=UTC)).late is False
    )


def test_without_a_clock_nothing_is_late():
    facts = measure_freshness(HOURS, HOURS[:24])
    assert (facts.ahead_hours, facts.age_hours, facts.late) == (-216, None, None)


def test_a_sample_still_knows_the_gap_of_its_source():
    sample = HOURS.sample(100, random_state=0).sort_index()
    assert measure_freshness(sample, NEXT_DAY).usual_gap_hours == 1


def test_texts_and_zones_are_read_as_dates():
    texts = HOURS.astype(str)
    zoned = NEXT_DAY.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    assert measure_freshness(texts, zoned).ahead_hours == 24


@pytest.mark.parametrize(
    "current", [[None] * 3, [], ["soon", None], [1, 2]], ids=["null", "empty", "words", "numbers"]
)
def test_what_holds_no_date_tells_nothing(current):
    facts = measure_freshness(HOURS, pd.Series(current, dtype=object), datetime(2012, 2, 1))
    assert (facts.ahead_hours, facts.age_hours, facts.late) == (None, None, None)
    assert facts.missing in (None, 1.0)


def test_no_date_itself_is_told():
    assert "2012" not in measure_freshness(HOURS, NEXT_DAY).model_dump_json()

from datetime import datetime, timedelta

from automl_tasks.monitor.detectors import WindowLoss
from automl_tasks.monitor.detectors.calendar import Calendar
from automl_tasks.monitor.performance import LossComparison

MEASURED = LossComparison(rows=100, reference_rows=100)


def weeks(count, searched=()):
    monday = datetime(2012, 1, 2)
    return [
        WindowLoss(
            MEASURED,
            start=monday + timedelta(weeks=week),
            end=monday + timedelta(weeks=week + 1),
            searched=week in searched,
        )
        for week in range(count)
    ]


def due(calendar, history):
    return [calendar.judge(history[: at + 1]).violates for at in range(len(history))]


def test_it_is_due_after_so_many_windows_and_stays_so():
    assert due(Calendar(windows=3), weeks(5)) == [False, False, True, True, True]


def test_a_search_starts_the_count_again():
    found = due(Calendar(windows=3), weeks(6, searched=[2]))
    assert found[3:] == [False, False, True]


def test_days_are_those_of_the_data():
    assert due(Calendar(days=14), weeks(3)) == [False, True, True]
    assert due(Calendar(days=14), weeks(4, searched=[1]))[2:] == [False, True]


def test_without_dates_days_are_unknown():
    assert Calendar(days=7).judge([WindowLoss(MEASURED)]).violates is None
    assert Calendar().judge([]).violates is None


def test_the_words_count():
    verdict = Calendar(days=14).judge(weeks(1))
    assert verdict.words == "7 days since the last search, one is due every 14"

import pytest

from automl_tasks.monitor.effort import search_minutes
from automl_tasks.monitor.payoff import Payoff

from .test_permission import past
from .test_wording import say


def payoff(**changed):
    found = {
        "lost": 0.05,
        "lost_error": 0.01,
        "age_errors": 3.0,
        "growth": 1.1,
        "newest": 0.01,
        "newest_error": 0.01,
        "newest_at_most": 0.03,
        "windows": 3,
        "pays": True,
    }
    return Payoff(**{**found, **changed})


def minutes(payoff, *earlier, budget=8.0):
    return search_minutes(past(version=5).model_copy(update={"payoff": payoff}), earlier, budget)


def short(version, hours_ago):
    return past(version=version, hours_ago=hours_ago).model_copy(update={"minutes": 2.0})


def test_models_that_only_aged_get_a_quarter_of_the_budget():
    assert minutes(payoff()) == 2.0
    assert minutes(payoff(), budget=2.0) == 1.0
    assert minutes(payoff(), budget=1.0) is None


@pytest.mark.parametrize("found", [None, payoff(pays=False), payoff(abrupt=True)])
def test_where_more_than_rows_may_be_missing_the_search_is_whole(found):
    assert minutes(found) is None


def test_a_search_of_this_champion_that_was_in_vain_is_followed_by_a_whole_one():
    assert minutes(payoff(), past(version=5)) is None
    assert minutes(payoff(), past(version=4)) == 2.0


def test_after_three_short_searches_other_models_are_looked_for():
    two = [short(3, 20), short(4, 10)]
    assert minutes(payoff(), *two) == 2.0
    assert minutes(payoff(), *two, short(2, 30)) is None
    assert minutes(payoff(), *two, past(version=2, hours_ago=30)) == 2.0
    # Which were the newest is told by their time, not by the order in which they are read.
    assert minutes(payoff(), past(version=1, hours_ago=40), *two, short(2, 30)) is None


def test_the_sentence_names_the_short_budget():
    assert say(minutes=2.0).endswith("; retraining for 2 minutes, its models with fresh rows.")

import pytest

from automl_tasks.problem import Problem
from automl_tasks.search.compression.limits import Limits
from automl_tasks.search.compression.timing import Cost


def limits(**constraints):
    return Limits.of(Problem(name="p", source="x.csv", target="y", constraints=constraints))


def test_no_constraints_are_no_limits():
    assert not limits()
    assert limits(size_mb=1)


def test_the_tighter_limit_counts_and_time_keeps_a_margin():
    both = limits(latency_ms_per_row=1.0, size_mb=10.0)
    assert both.share(Cost(0.4, 9, 2.0)) == pytest.approx(0.5)
    assert both.share(Cost(0.1, 9, 20.0)) == pytest.approx(2.0)
    assert both.share(Cost(0.9, 9, 1.0)) > 1
    assert both.words() == "1 ms a row and 10 MB"

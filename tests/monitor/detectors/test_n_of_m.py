import pytest
from pydantic import ValidationError

from automl_tasks.monitor.detectors import WindowLoss
from automl_tasks.monitor.detectors.n_of_m import NOfM
from automl_tasks.monitor.performance import LossComparison


def windows(*bounds):
    return [
        WindowLoss(LossComparison(rows=100, reference_rows=100, increase_at_least=bound))
        for bound in bounds
    ]


@pytest.mark.parametrize(
    ("bounds", "violates"),
    [
        ((0.3,), False),
        ((0.3, 0.3), True),
        ((0.3, -0.1, -0.1, 0.3), True),
        ((0.3, -0.1, -0.1, -0.1, -0.1, 0.3), False),  # the first is too old
        ((0.3, 0.3, -0.1), False),  # not the newest
        ((0.3, None, 0.3), True),
        ((0.3, 0.3, None), None),
        ((), None),
    ],
)
def test_enough_of_the_newest_windows_with_the_newest_among_them(bounds, violates):
    assert NOfM().judge(windows(*bounds)).violates is violates


def test_the_tolerance_is_the_windows_own():
    assert not NOfM(tolerance=0.4).judge(windows(0.3, 0.3)).violates


def test_the_words_count():
    verdict = NOfM(needed=3).judge(windows(0.3, -0.1, 0.3))
    assert verdict.words == "2 of the newest 3 windows are worse, 3 are needed"
    assert (verdict.statistic, verdict.threshold) == (2, 3)


def test_more_than_there_are_cannot_be_needed():
    with pytest.raises(ValidationError, match="'needed' must be at most 'of'"):
        NOfM(needed=6)

from types import SimpleNamespace

import pytest

from automl_tasks.assess.reliability import Calibration, CalibrationBin, Coverage, Reliability
from automl_tasks.deliver.card.certainty import certainty_section
from automl_tasks.deliver.card.html import as_html
from automl_tasks.deliver.card.markdown import as_markdown
from automl_tasks.deliver.card.page import Page


def page_of(found, classes=None):
    facts = SimpleNamespace(
        assessment=SimpleNamespace(reliability=found), plan=SimpleNamespace(classes=classes)
    )
    return Page("card", [], [certainty_section(SimpleNamespace(facts=facts))])


def coverage(asked, found):
    return Coverage(asked=asked, found=found, low=found - 0.03, high=found + 0.03, size=40.0)


@pytest.mark.parametrize(
    ("classes", "found", "said"),
    [
        (None, 0.70, "held it less often on the held-out rows: too narrow."),
        (None, 0.88, "held it more often on the held-out rows: wider than they need to be."),
        (None, 0.81, "as often as asked, as far as these can tell."),
        (["no", "yes"], 0.70, "held it less often on the held-out rows: too small."),
        (["no", "yes"], 0.88, "held it more often on the held-out rows: larger than"),
    ],
)
def test_the_card_says_whether_intervals_are_too_narrow(classes, found, said):
    told = as_markdown(page_of(Reliability(coverage=[coverage(0.8, found)]), classes))
    assert said in told
    assert ("Asked for 80.0 %" in told) == (found != 0.81)


def test_the_diagonal_is_drawn_and_no_column():
    bins = [CalibrationBin(rows=50, said=said, came=said + 0.01) for said in (0.2, 0.7)]
    calibration = Calibration(kind="none", error=0.01, noise=0.02, brier=0.1, bins=bins)
    page = page_of(Reliability(calibration=calibration), ["no", "yes"])
    assert "as said" in as_html(page)
    assert "| probability | came true |\n| --- | --- |\n| 0.2 | 0.21 |" in as_markdown(page)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_tasks.problem.cron import check_cron

RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


@pytest.mark.parametrize(
    "text",
    [
        "0 2 * * *",
        "*/15 0-6 1,15 * mon-fri",
        "59 23 31 12 7",
        "0 0 1 JAN Sun",
        "0 8-18/2 * * 1-5",
        "  0   2 * * * ",
    ],
)
def test_usual_expressions_pass(text: str) -> None:
    assert check_cron(text) == text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day of the month"),
        ("* * * 13 *", "month"),
        ("* * * * 8", "day of the week"),
        ("* * * * fry", "day of the week"),
        ("*/0 * * * *", "minute"),
        ("30-10 * * * *", "minute"),
        ("1,,2 * * * *", "minute"),
        ("-1 * * * *", "minute"),
    ],
)
def test_the_field_that_cannot_be_met_is_named(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=f"the {named} should be within"):
        check_cron(text)


@pytest.mark.parametrize("text", ["", "@daily", "* * * *", "* * * * * *", "0 2 * * * UTC"])
def test_five_fields_are_asked_for(text: str) -> None:
    with pytest.raises(ValueError, match="five cron fields"):
        check_cron(text)


@settings(deadline=None)
@given(st.tuples(*(st.integers(low, high) for low, high in RANGES)))
def test_every_moment_passes_and_what_passes_airflow_accepts(moment: tuple[int, ...]) -> None:
    croniter = pytest.importorskip("croniter")
    text = " ".join(map(str, moment))
    assert croniter.croniter.is_valid(check_cron(text))

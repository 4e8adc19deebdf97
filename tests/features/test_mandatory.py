import pytest

from automl_tasks.errors import ProblemError
from automl_tasks.features import check_steps

COLUMNS = ["income", "debt", "city"]


def test_steps_may_use_what_earlier_ones_add():
    check_steps(
        [
            {"ratio": ["debt", "income"]},
            {"log": "debt/income"},
            {"group_mean": {"by": "city", "of": "log(debt/income)"}},
            {"difference": ["income", "mean(log(debt/income) by city)"]},
        ],
        COLUMNS,
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"ratoi": ["debt", "income"]}, r"steps\[1\]: unknown step 'ratoi'. Did you mean 'ratio'"),
        ({}, "unknown step ''"),
        ({"log": ["incom"]}, r"steps\[1\]: names column 'incom'.*Did you mean 'income'"),
        ({"ratio": ["debt"]}, r"'ratio' cannot be \['debt'\]. Write ratio: \[debt, income\]"),
        ({"log": []}, "'log' cannot be"),
        ({"log": [3]}, "'log' cannot be"),
        ({"difference": "debt"}, "'difference' cannot be"),
        ({"group_mean": {"by": "city"}}, "Write group_mean: {by: city, of: income}"),
        ({"group_mean": {"by": "city", "of": 3}}, "'group_mean' cannot be"),
        ({"log": "debt", "ratio": ["debt", "income"]}, "unknown key 'ratio' beside 'log'"),
        ({"class": "nightshift_steps.X", "param": {}}, "unknown key 'param' beside 'class'"),
        ({"class": "nightshift_steps.X", "params": []}, "'class' cannot be"),
        ({"class": "os.path.join"}, "module 'os.path' is not allow-listed"),
        ({"class": "nightshift_stepsevil.X"}, "not allow-listed"),
        ({"class": "nightshift_steps.absent.X"}, "cannot be imported"),
    ],
)
def test_wrong_steps_are_named_with_a_remedy(step, message):
    with pytest.raises(ProblemError, match=message):
        check_steps([step], COLUMNS)

import subprocess
import sys
from inspect import signature

import pytest


def loaded_by(code):
    answer = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(answer.stdout.split())


def test_the_package_loads_nothing_until_a_name_is_used():
    loaded = loaded_by("import automl_tasks")
    assert not {"pydantic", "pandas", "sklearn", "automl_tasks.problem"} & loaded
    assert not {"pandas", "sklearn"} & loaded_by("from automl_tasks import Problem")


@pytest.mark.parametrize("before", ["", "import automl_tasks.search.metrics; "])
def test_search_can_be_called_and_its_package_imported_in_any_order(before):
    code = (
        f"{before}from automl_tasks import search; assert callable(search); "
        "from automl_tasks.search import make_plan; import automl_tasks; "
        "assert automl_tasks.search is search"
    )
    assert "sklearn" not in loaded_by(code)


def test_it_shows_the_parameters_of_the_function_that_it_calls():
    from automl_tasks import search
    from automl_tasks.notebook import search as function

    assert signature(search) == signature(function)


def test_an_unknown_name_is_an_attribute_error():
    import automl_tasks

    with pytest.raises(AttributeError, match="AutoMLClasifier"):
        _ = automl_tasks.AutoMLClasifier
    assert {"AutoMLClassifier", "AutoMLRegressor", "Problem", "search"} <= set(dir(automl_tasks))

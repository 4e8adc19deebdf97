import pytest

from automl_tasks.errors import ProblemError
from automl_tasks.monitor.detectors import DETECTORS, make_detector


def test_the_default_is_the_sequential_test():
    assert make_detector().name == "sequential" == next(iter(DETECTORS))


def test_parameters_that_are_not_given_have_their_defaults():
    detector = make_detector("n_of_m", {"of": 4})
    assert detector.model_dump() == {"needed": 2, "of": 4, "tolerance": 0.0}


def test_an_unknown_name_meets_the_nearest_one():
    with pytest.raises(ProblemError, match=r"bike\.yaml: .*'calender'.*mean 'calendar'") as caught:
        make_detector("calender", where="bike.yaml")
    assert "page_hinkley" in caught.value.remedy


@pytest.mark.parametrize(
    ("parameters", "named"),
    [({"wait": 3}, "wait"), ({"needed": 0}, "needed"), ({"needed": "two"}, "needed")],
)
def test_a_wrong_parameter_is_named_with_those_that_exist(parameters, named):
    with pytest.raises(ProblemError, match=named) as caught:
        make_detector("n_of_m", parameters)
    assert caught.value.remedy == "Its parameters are needed, of, tolerance"

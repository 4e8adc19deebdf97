import pytest

from automl_tasks.deliver import promote, register
from automl_tasks.errors import ProblemError
from automl_tasks.problem import FairnessPolicy


def test_a_limit_on_how_far_groups_are_apart_is_a_gate(store, make_problem, make_run):
    asked = {"max_disparity": 0.001, "min_rows": 10}
    problem = make_problem(protected="city", fairness=asked)
    make_run(problem, "one")
    register(store, problem.name, "one")
    refused = promote(problem, store)
    assert refused.verdict == "keep"
    assert "metric_difference of 'city'" in refused.reason
    assert "limit 0.001" in refused.reason
    generous = FairnessPolicy(max_disparity=100, min_rows=10)
    decision = promote(problem.model_copy(update={"fairness": generous}), store)
    assert decision.verdict == "promote"
    (gate,) = (each for each in decision.gates if each.name == "fairness")
    assert gate.passed
    assert "95 % interval" in gate.detail


def test_a_limit_that_the_search_knew_nothing_of_is_not_kept(store, make_problem, make_run):
    problem = make_problem()
    make_run(problem, "one")
    register(store, problem.name, "one")
    asked = {"protected": ["city"], "fairness": FairnessPolicy(max_disparity=100)}
    refused = promote(problem.model_copy(update=asked), store)
    assert refused.verdict == "keep"
    assert "metric_difference of 'city' was not measured by this version's search" in refused.reason
    unfit = FairnessPolicy(max_disparity=100, measure="equalized_odds_difference")
    with pytest.raises(ProblemError, match="does not suit the task 'regression'"):
        promote(problem.model_copy(update=asked | {"fairness": unfit}), store)


def test_a_limit_that_too_few_rows_could_check_is_not_kept(store, make_problem, make_run):
    problem = make_problem(protected="city", fairness={"max_disparity": 100, "min_rows": 200})
    make_run(problem, "one")
    register(store, problem.name, "one")
    decision = promote(problem, store)
    assert decision.verdict == "keep"
    assert "is unknown: no two groups have enough held-out rows" in decision.reason

from automl_tasks.deliver import promote, register
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

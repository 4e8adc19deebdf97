from automl_tasks.search.configurations import Terms, configurations_for


def nets(slower):
    """Steps of the planned nets, where one fold of a usual net is so much slower than it may be."""
    terms = Terms(identity="x", folds=5, slower={"mlp": slower})
    found, _ = configurations_for("binary", terms, rows=5_000, columns=10)
    return [each.params.get("steps") for each in found if each.family == "mlp"]


def test_a_long_training_is_planned_where_it_may_come_to_its_end():
    assert nets(0.5) == [None, None, 12_000]
    assert nets(1.5) == [None, None]


def test_what_trains_longer_is_expected_to():
    terms = Terms(identity="x", folds=5, slower={})
    assert terms.configuration("mlp", {"hidden": [64], "steps": 12_000}).effort == 3.0
    assert terms.configuration("mlp", {"hidden": [64]}).effort == 1.0
    hurried = Terms(identity="x", folds=5, slower={"lightgbm": 4.0})
    assert hurried.configuration("lightgbm", {"learning_rate": 0.05}).effort == 0.25

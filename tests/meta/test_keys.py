from automl_tasks.meta import configuration_key, table_fingerprint


def test_order_number_types_and_noise_do_not_matter() -> None:
    key = configuration_key("lightgbm", {"a": 1, "b": 0.1, "c": [1, 2]})
    assert key.startswith("lightgbm-")
    assert key == configuration_key("lightgbm", {"c": (1, 2), "b": 0.1 + 1e-12, "a": 1.0})


def test_every_part_of_a_configuration_matters() -> None:
    keys = {
        configuration_key("xgboost", {"a": 1}),
        configuration_key("lightgbm", {"a": 1}),
        configuration_key("lightgbm", {"a": 2}),
        configuration_key("lightgbm", {"a": True}),
        configuration_key("lightgbm", {"a": 1}, "tree_pairs"),
    }
    assert len(keys) == 5


def test_the_recipe_may_stand_among_the_parameters() -> None:
    apart = configuration_key("mlp", {"nets": 4}, "neural_quantile")
    assert configuration_key("mlp", {"nets": 4, "recipe": "neural_quantile"}) == apart


def test_a_table_is_known_by_its_columns() -> None:
    name = table_fingerprint(["age", "income", "y"], "y")
    assert name == table_fingerprint(["y", "income", "age"], "y")
    assert name == table_fingerprint(["income", "age"], "y")
    assert name != table_fingerprint(["age", "income", "y"], "income")

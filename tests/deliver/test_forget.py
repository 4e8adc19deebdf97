import pytest

from automl_tasks.deliver import champion, forget_champion, promote
from automl_tasks.deliver.registry import registry
from automl_tasks.errors import DataError


def test_a_forgotten_champion_leaves_its_versions(crowned):
    problem, store = crowned
    assert champion(problem.name).version == 1
    forget_champion(problem.name)
    assert champion(problem.name) is None
    with registry() as client:
        assert len(client.search_model_versions(f"name = '{problem.name}'")) == 2
    with pytest.raises(DataError, match="challenger"):
        promote(problem, store)


def test_an_unknown_problem_has_nothing_to_forget(pair):
    forget_champion("never_registered")

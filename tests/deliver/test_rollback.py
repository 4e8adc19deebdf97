import mlflow
import pytest

from automl_tasks.deliver import aliases, champion, history, promote, rollback
from automl_tasks.deliver.promotion import Gate
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import find_version
from automl_tasks.errors import DataError


@pytest.fixture
def problem(replaced):
    """A problem whose version 2 has replaced version 1."""
    return replaced[0]


@pytest.fixture
def store(replaced):
    return replaced[1]


def test_the_previous_champion_comes_back_and_a_second_rollback_undoes_that(store, problem):
    back = rollback(problem, store)
    assert (back.action, back.version, back.champion_before, back.applied) == (
        "rollback",
        1,
        2,
        True,
    )
    assert champion(problem.name).version == 1
    assert rollback(problem, store).version == 2
    assert champion(problem.name).version == 2
    assert [each.action for each in history(store, problem.name)][:2] == ["rollback", "rollback"]


def test_a_version_that_was_rolled_back_is_not_promoted_again_by_itself(store, problem):
    rollback(problem, store)
    decision = promote(problem, store)
    assert decision.verdict == "keep"
    assert "only a rollback puts it back" in decision.reason
    assert champion(problem.name).version == 1


def test_a_version_can_be_named(store, problem):
    assert rollback(problem, store, to=1).version == 1
    again = rollback(problem, store, to=1)
    assert (again.verdict, again.reason) == ("keep", "version 1 is the champion already")


def test_a_version_that_is_not_there_names_those_to_go_back_to(store, problem):
    with pytest.raises(DataError, match=r"has no version 7.*There are: 1; name one with --to"):
        rollback(problem, store, to=7)


def test_nothing_to_go_back_to(store, make_problem):
    with pytest.raises(DataError, match=r"has no previous champion.*None is registered"):
        rollback(make_problem(), store)


@pytest.mark.parametrize("before", [0, 1])
def test_a_rollback_that_was_killed_is_finished_not_undone(store, problem, monkeypatch, before):
    real, calls = mlflow.MlflowClient.set_registered_model_alias, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) > before:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(mlflow.MlflowClient, "set_registered_model_alias", killed)
        rollback(problem, store)
    finished = rollback(problem, store)
    assert (finished.version, finished.applied) == (1, True)
    assert champion(problem.name).version == 1


def test_a_version_that_does_not_answer_as_champion_leaves_all_aliases(store, problem, monkeypatch):
    broken = Gate(name="smoke", passed=False, detail="models:/x@champion does not predict")
    monkeypatch.setattr(aliases, "check_smoke", lambda *_: broken)
    refused = rollback(problem, store)
    assert (refused.verdict, refused.applied) == ("invalid", False)
    assert champion(problem.name).version == 2
    with registry() as client:
        assert find_version(client, problem.name, "previous_champion").version == 1

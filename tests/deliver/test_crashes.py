"""A crash before each write: always one champion that works, and the next run finishes the work.

State changes only by the calls that are caught here, so what they find is all that a crash can
leave behind. Each of these states is kept while the work runs once, and gone on from.
"""

import shutil
import sqlite3
from contextlib import closing

import mlflow
import pandas as pd
import pytest

from automl_tasks.deliver import (
    build_package,
    champion,
    history,
    load_champion,
    promote,
    register,
    rollback,
)
from automl_tasks.deliver.registry import registry
from automl_tasks.deliver.versions import find_version
from automl_tasks.store import Store

WRITES = ("set_", "delete_", "create_", "log_", "update_", "finalize_", "restore_", "link_")


class Crashes:
    """The states in which a crash would leave store and registry."""

    def __init__(self, home, monkeypatch):
        self.home, self._monkeypatch, self.states = home, monkeypatch, []

    def of(self, work):
        """Run `work`, then set back to the state before each of its writes, and after the last."""
        with self._monkeypatch.context() as patch:
            for owner, names in (
                (
                    mlflow.MlflowClient,
                    [n for n in dir(mlflow.MlflowClient) if n.startswith(WRITES)],
                ),
                (Store, ["write_bytes", "new_folder", "delete"]),
            ):
                for name in names:
                    patch.setattr(owner, name, self._caught(getattr(owner, name)))
            work()
        self._keep()
        for state in self.states:
            copy_database(state / "mlflow.db", self.home / "mlflow" / "mlflow.db")
            shutil.rmtree(self.home / "store")
            shutil.copytree(state / "store", self.home / "store")
            yield

    def _caught(self, write):
        def call(*args, **kwargs):
            self._keep()
            return write(*args, **kwargs)

        return call

    def _keep(self):
        """The present state, unless the last call has changed nothing."""
        state = self.home / "states" / str(len(self.states))
        shutil.copytree(self.home / "store", state / "store")
        copy_database(self.home / "mlflow" / "mlflow.db", state / "mlflow.db")
        if self.states and content(self.states[-1]) == content(state):
            shutil.rmtree(state)
        else:
            self.states.append(state)


def content(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def copy_database(source, target):
    """Through SQLite, which tells open connections that the content is another."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


@pytest.fixture
def crashes(tmp_path, monkeypatch):
    return Crashes(tmp_path, monkeypatch)


def aliases(name):
    """Numbers of champion, previous champion and challenger."""
    with registry() as client:
        found = [
            find_version(client, name, alias)
            for alias in ("champion", "previous_champion", "challenger")
        ]
    return tuple(each and each.version for each in found)


def check_champion(name, *allowed):
    now, before, _ = aliases(name)
    assert now in allowed
    assert now is None or now != before


def check_answer(problem):
    rows = pd.read_csv(problem.source.path).head(3)
    assert load_champion(problem.name).predict(rows)["prediction"].notna().all()


def test_a_first_promotion(pair, crashes):
    problem, store = pair
    for _ in crashes.of(lambda: promote(problem, store)):
        check_champion(problem.name, None, 2)
        assert promote(problem, store).applied
        assert aliases(problem.name) == (2, None, 2)
        assert [each.applied for each in history(store, problem.name)] == [True]
    assert len(crashes.states) >= 6
    check_answer(problem)


def test_a_promotion_over_a_champion(crowned, crashes):
    problem, store = crowned
    for _ in crashes.of(lambda: promote(problem, store)):
        check_champion(problem.name, 1, 2)
        assert promote(problem, store).applied
        assert aliases(problem.name) == (2, 1, 2)
        found = [(each.version, each.applied) for each in history(store, problem.name)]
        assert found == [(2, True), (1, True)]
        assert champion(problem.name).promoted_at
    assert len(crashes.states) >= 7
    check_answer(problem)


def test_a_rollback(replaced, crashes):
    problem, store = replaced
    for number, _ in enumerate(crashes.of(lambda: rollback(problem, store))):
        check_champion(problem.name, 1, 2)
        unfinished = [each for each in history(store, problem.name) if not each.applied]
        if number and unfinished:
            # Whatever runs next finishes it; the version that was rolled back stays out.
            decision = promote(problem, store) if number % 2 else rollback(problem, store)
            assert decision.version == (2 if number % 2 else 1)
        elif not number:
            rollback(problem, store)
        assert aliases(problem.name) == (1, 2, 2)
        newest = next(each for each in history(store, problem.name) if each.verdict == "promote")
        assert (newest.action, newest.version, newest.applied) == ("rollback", 1, True)
    assert len(crashes.states) >= 7
    check_answer(problem)


@pytest.mark.slow
def test_a_registration(pair, crashes, make_run):
    problem, store = pair
    promote(problem, store)
    make_run(problem, "three", noise=1)
    build_package(store, problem.name, "three")
    for _ in crashes.of(lambda: register(store, problem.name, "three")):
        check_champion(problem.name, 2)
        assert register(store, problem.name, "three").version == 3
        assert aliases(problem.name) == (2, None, 3)
        with registry() as client:
            found = client.search_model_versions(f"name = '{problem.name}'")
        assert sorted(each.tags["nightshift.run"] for each in found) == ["one", "three", "two"]
        assert store.read_json(f"{problem.name}/runs/three/registered.json")["version"] == 3
    assert len(crashes.states) >= 10

import json
from pathlib import Path

import numpy as np
import pytest

from automl_tasks.meta import (
    Finished,
    Knowledge,
    Known,
    Portfolio,
    Recorded,
    Result,
    Size,
    append_run,
)
from automl_tasks.store import Store

LINE = Known(family="linear", params={"C": 1.0})
TREE = Known.of("lightgbm", {"num_leaves": 31, "recipe": "tree_pairs"})


def table(name: str = "bikes", task: str = "binary", **facts: object) -> Recorded:
    given = {
        "name": name,
        "fingerprint": f"columns of {name}",
        "task": task,
        "metric": "log_loss",
        "rows": 800,
        "columns": 10,
        "classes": 2,
        "folds": 5,
        "threads": 1,
        "metafeatures": {"log_rows": 6.9},
        "results": {
            LINE.key: Result(loss=0.4, seconds=0.1),
            TREE.key: Result(loss=0.3, seconds=2.0),
        },
    }
    return Recorded.model_validate({**given, **facts})


def test_what_a_run_learned_is_there_for_the_next(tmp_path: Path) -> None:
    store = Store(tmp_path)
    append_run(store, "monday", table(), [LINE, TREE])
    knowledge = Knowledge.load(store)
    assert knowledge.candidates("binary")[TREE.key] == TREE
    matrix = knowledge.matrix("binary", threads=1)
    row = matrix.tables.index("columns of bikes")
    at = [matrix.configurations.index(each.key) for each in (LINE, TREE)]
    assert matrix.losses[row, at].tolist() == [0.4, 0.3]
    assert matrix.seconds[row, at].tolist() == [0.1, 2.0]
    assert np.allclose(matrix.sizes[row], np.log([800, 10, 2]))


def test_a_table_can_be_left_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    append_run(store, "monday", table(), [LINE, TREE])
    left = Knowledge.load(store).matrix("binary", threads=1, without="columns of bikes")
    assert "columns of bikes" not in left.tables


def test_runs_of_one_table_are_merged_and_the_later_result_counts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    better = {TREE.key: Result(loss=0.2, seconds=1.0)}
    append_run(store, "b", table(recorded_at="2026-01-01T00:00:00"), [LINE, TREE])
    append_run(store, "a", table(recorded_at="2026-02-02T00:00:00", results=better), [TREE])
    (found,) = [each for each in Knowledge.load(store).tables if each.name == "bikes"]
    assert found.results[TREE.key].loss == 0.2
    assert found.results[LINE.key].loss == 0.4


def test_losses_of_another_metric_or_kind_of_task_are_not_mixed_in() -> None:
    tables = [table(), table(metric="roc_auc"), table("houses", "regression", classes=0)]
    knowledge = Knowledge(tables, {each.key: each for each in (LINE, TREE)})
    assert len(knowledge.matrix("multiclass", threads=1).tables) == 2
    assert knowledge.matrix("regression", threads=1).tables == ("columns of houses",)


def test_seconds_are_converted_to_the_threads_at_hand() -> None:
    knowledge = Knowledge([table(threads=1)], {each.key: each for each in (LINE, TREE)})
    one, four = (knowledge.matrix("binary", threads=each).seconds for each in (1, 4))
    assert (four < one).all()
    assert (four > one / 4).all()


def test_a_failure_is_kept_as_one_and_says_nothing_of_the_time() -> None:
    results = {TREE.key: Result(loss=None, seconds=0.1), LINE.key: Result(loss=0.5, seconds=0.2)}
    matrix = Knowledge([table(results=results)], {each.key: each for each in (LINE, TREE)}).matrix(
        "binary", threads=1
    )
    at = matrix.configurations.index(TREE.key)
    assert np.isposinf(matrix.losses[0, at])
    assert np.isnan(matrix.seconds[0, at])


def test_a_damaged_file_costs_its_knowledge_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    append_run(store, "monday", table(), [LINE, TREE])
    store.write_bytes(".knowledge/half.json", b'{"tables": [')
    store.write_json(".knowledge/foreign.json", {"tables": [{"name": 3}]})
    assert "bikes" in {each.name for each in Knowledge.load(store).tables}


def test_a_file_gives_back_what_was_written() -> None:
    knowledge = Knowledge([table()], {each.key: each for each in (LINE, TREE)})
    again = Knowledge.from_json(knowledge.to_json())
    assert again.tables == knowledge.tables
    assert again.configurations == knowledge.configurations
    with pytest.raises(ValueError, match="tables"):
        Knowledge.from_json(json.dumps({"configurations": {}}))


def test_what_the_product_ships_is_licensed_and_named_rightly() -> None:
    knowledge = Knowledge.load()
    for each in knowledge.tables:
        assert each.licence
        assert each.origin
        assert set(each.results) <= set(knowledge.configurations)
    assert all(key == known.key for key, known in knowledge.configurations.items())


def test_the_first_search_of_all_has_an_order_too() -> None:
    candidates = [(LINE.key, LINE.family), (TREE.key, TREE.family)]
    for task in ("binary", "regression"):
        matrix = Knowledge().matrix(task, threads=1).aligned(candidates)
        chosen = Portfolio(matrix, Size(100, 3)).next({}, 60)
        assert chosen is not None
        assert chosen.configuration == LINE.key
        assert Portfolio(matrix, Size(100, 3)).next({LINE.key: Finished(0.3, 1.0)}, 60) is not None

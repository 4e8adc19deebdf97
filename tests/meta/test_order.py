from dataclasses import replace

import numpy as np
import pytest

from automl_tasks.meta import Finished, Matrix, Portfolio, Size

SIZE = Size(1_000, 10)


def searched(matrix: Matrix, table: int, seconds: float) -> list[str]:
    """Configurations in the order in which they are tried on a recorded table."""
    order = Portfolio(matrix.without(matrix.tables[table]), SIZE)
    finished: dict[str, Finished] = {}
    while found := order.next(finished, seconds):
        at = matrix.configurations.index(found.configuration)
        took = matrix.seconds[table, at]
        finished[found.configuration] = Finished(matrix.losses[table, at], took)
        seconds -= took
    return list(finished)


def test_what_is_cheap_comes_before_what_is_a_little_better(matrix: Matrix) -> None:
    chosen = Portfolio(matrix, SIZE).next({}, 100)
    assert chosen is not None
    assert matrix.families[matrix.configurations.index(chosen.configuration)] == "line"
    assert chosen.gain > 0.5
    assert chosen.loss_gain is None
    assert chosen.seconds == pytest.approx(0.01, rel=0.3)


def test_the_best_of_a_table_is_found_soon(matrix: Matrix) -> None:
    for table in (3, 20, 41):
        best = matrix.configurations[int(matrix.losses[table].argmin())]
        assert best in searched(matrix, table, 100)[:12]


def test_results_turn_the_order_to_what_suits_the_table(matrix: Matrix) -> None:
    alike = replace(matrix, seconds=np.ones_like(matrix.seconds))
    order, table = Portfolio(alike, SIZE), int(matrix.metafeatures[:, 0].argmax())
    finished = {
        matrix.configurations[at]: Finished(matrix.losses[table, at])
        for at in (3, 5, 11, 13, 19, 21)
    }
    chosen = order.next(finished, 100)
    assert chosen is not None
    assert matrix.families[matrix.configurations.index(chosen.configuration)] == "boost"
    assert chosen.loss_gain is not None
    assert chosen.loss_gain > 0


def test_similar_tables_decide_the_start(matrix: Matrix) -> None:
    alike = replace(matrix, seconds=np.ones_like(matrix.seconds))
    trees = [key for key in matrix.configurations if key.startswith("tree")]  # suit most tables
    families = []
    for trait in (0.0, 1.0):
        chosen = Portfolio(alike, SIZE, {"trait": trait}).next({}, 100, trees)
        assert chosen is not None
        families.append(chosen.configuration.split()[0])
    assert families == ["line", "boost"]


def test_what_does_not_fit_is_left_out_and_nothing_is_tried_twice(matrix: Matrix) -> None:
    order = searched(matrix, 5, 3.0)
    assert len(order) == len(set(order))
    assert Portfolio(matrix, SIZE).next({}, 0.001) is None
    chosen = Portfolio(matrix, Size(100_000, 10)).next({}, 5)
    assert chosen is not None
    assert chosen.seconds <= 5


def test_what_runs_elsewhere_is_not_suggested(matrix: Matrix) -> None:
    order, taken = Portfolio(matrix, SIZE), set()
    for _ in range(5):
        chosen = order.next({}, 100, taken)
        assert chosen is not None
        assert chosen.configuration not in taken
        taken.add(chosen.configuration)


def test_a_slow_machine_is_noticed(matrix: Matrix) -> None:
    order = Portfolio(matrix, SIZE)
    usual = order.seconds()
    slow = {key: Finished(1.0, 10 * usual[key]) for key in matrix.configurations[::5]}
    assert order.seconds(slow)[matrix.configurations[1]] > 5 * usual[matrix.configurations[1]]


def test_failed_and_unknown_trials_are_no_trouble(matrix: Matrix) -> None:
    finished = {key: Finished(float("inf"), 0.1) for key in matrix.configurations[:8]}
    finished["tuned by hand"] = Finished(5.0, 2.0)
    chosen = Portfolio(matrix, SIZE).next(finished, 100)
    assert chosen is not None
    assert chosen.configuration not in finished


def test_without_records_the_given_order_and_seconds_hold(matrix: Matrix) -> None:
    nothing = Matrix((), (), (), *(np.empty((0, 0)),) * 2, np.empty((0, 3)), np.empty((0, 0)), ())
    candidates = [("slow", "boost"), ("quick", "line"), ("other", "tree")]
    prior = {"boost": 9.0, "line": 2.0, "tree": 2.0}
    order = Portfolio(nothing.aligned(candidates), SIZE, prior=lambda family, _: prior[family])
    first, second = order.next({}, 5.0), order.next({"quick": Finished(1.0, 2.0)}, 5.0)
    assert first is not None
    assert second is not None
    assert (first.configuration, second.configuration) == ("quick", "other")
    assert first.seconds == 2.0


def test_the_same_question_has_the_same_answer(matrix: Matrix) -> None:
    assert searched(matrix, 7, 5.0) == searched(matrix, 7, 5.0)


def test_a_table_that_is_left_out_has_no_vote(matrix: Matrix) -> None:
    less = matrix.without("table 4")
    assert "table 4" not in less.tables
    assert len(less.losses) == len(less.seconds) == len(less.sizes) == len(matrix.tables) - 1
    assert less.without("no such table").tables == less.tables

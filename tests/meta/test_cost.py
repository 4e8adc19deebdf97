import numpy as np
import pytest

from automl_tasks.meta import Matrix, Size
from automl_tasks.meta.cost import CostModel


def test_seconds_follow_rows_and_configuration(matrix: Matrix) -> None:
    small, large = (CostModel(matrix).seconds(Size(rows, 10)) for rows in (1_000, 10_000))
    assert np.allclose(large / small, 10, rtol=0.2)
    assert small[0] == pytest.approx(0.01, rel=0.2)
    assert small[-1] == pytest.approx(1.0, rel=0.2)


def test_a_configuration_without_records_costs_what_its_family_does(matrix: Matrix) -> None:
    names = [*zip(matrix.configurations, matrix.families, strict=True), ("boost new", "boost")]
    predicted = CostModel(matrix.aligned(names)).seconds(Size(1_000, 10))
    assert predicted[-1] == pytest.approx(1.0, rel=0.2)


def test_finished_trials_correct_for_the_machine_and_the_family(matrix: Matrix) -> None:
    model = CostModel(matrix)
    predicted = model.seconds(Size(1_000, 10))
    at = [0, 1, 2, 3, 16, 17, 18, 19]
    measured = [4 * predicted[each] for each in at[:4]] + [predicted[each] for each in at[4:]]
    corrected = model.corrected(predicted, at, measured)
    assert corrected[4] == pytest.approx(4 * predicted[4], rel=0.3)
    assert corrected[20] == pytest.approx(predicted[20], rel=0.3)
    assert predicted[10] < corrected[10] < 4 * predicted[10]  # of a third family: in between


def test_one_odd_duration_does_not_decide(matrix: Matrix) -> None:
    model = CostModel(matrix)
    predicted = model.seconds(Size(1_000, 10))
    corrected = model.corrected(predicted, [0], [100 * predicted[0]])
    assert corrected[20] < 15 * predicted[20]


def test_a_prior_tells_what_no_table_was_large_enough_for(matrix: Matrix) -> None:
    def prior(family: str, size: Size) -> float:
        return size.rows * (100 if family == "new" and size.classes > 2 else 1)

    some = [*zip(matrix.configurations, matrix.families, strict=True), ("a", "new")]
    model = CostModel(matrix.aligned(some), prior)
    two, twenty = (model.seconds(Size(1_000, 10, classes)) for classes in (2, 20))
    assert twenty[-1] > 30 * two[-1]
    assert twenty[:-1] == pytest.approx(two[:-1], rel=0.5)
    assert two[0] == pytest.approx(0.01, rel=0.2)  # what is recorded corrects the prior


def test_without_records_the_prior_holds(matrix: Matrix) -> None:
    nothing = Matrix((), (), (), *(np.empty((0, 0)),) * 2, np.empty((0, 3)), np.empty((0, 0)), ())
    model = CostModel(nothing.aligned([("a", "new")]), lambda _, size: 2 * size.rows)
    assert model.seconds(Size(10, 3)) == pytest.approx([20.0])

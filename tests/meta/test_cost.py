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


def test_nothing_recorded_is_known_to_be_unknown(matrix: Matrix) -> None:
    some = [("a", "new"), ("line 0", "line"), ("line new", "line")]
    assert CostModel(matrix.aligned(some)).known.tolist() == [False, True, True]

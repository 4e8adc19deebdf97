import numpy as np
import pytest

from automl_tasks.serve import BadInput
from automl_tasks.serve.intervals import bounds, class_sets, most_coverage

TABLES = {
    "edges": [10.0],
    "tables": [
        {"levels": [0.05, 0.5, 0.95], "values": [-1.0, 0.0, 2.0]},
        {"levels": [0.01, 0.5, 0.9], "values": [-10.0, 1.0, 30.0]},
    ],
}
SCORES = {"levels": [0.1, 0.2, 0.9], "values": [0.05, 0.4, 0.8]}


def test_each_prediction_has_the_bounds_of_its_range():
    lower, upper = bounds(np.array([9.0, 10.0, 50.0]), TABLES, 0.8)
    assert lower[0] == pytest.approx(9 - 1 + 0.05 / 0.45)
    assert upper.tolist() == pytest.approx([9 + 2 * 0.4 / 0.45, 40.0, 80.0])


def test_more_coverage_is_never_narrower():
    said = np.array([0.0, 20.0])
    widths = [np.subtract(*bounds(said, TABLES, each)[::-1]) for each in (0.2, 0.5, 0.8)]
    assert (np.diff(widths, axis=0) > 0).all()


def test_what_the_tables_cannot_tell_is_refused_with_what_they_can():
    assert most_coverage(TABLES) == pytest.approx(0.8)
    with pytest.raises(BadInput, match=r"interval 0.85: .* up to 0.8$"):
        bounds(np.zeros(1), TABLES, 0.85)
    with pytest.raises(BadInput, match=r"up to 0.9$"):
        class_sets(np.full((1, 2), 0.5), SCORES, 0.95)


def test_sets_hold_each_class_that_is_probable_enough():
    p = np.array([[0.5, 0.4, 0.1], [0.9, 0.06, 0.04], [0.34, 0.33, 0.33]])
    assert class_sets(p, SCORES, 0.8).tolist() == [
        [True, True, False],
        [True, False, False],
        [True, False, False],
    ]
    assert class_sets(p, SCORES, 0.9)[1].tolist() == [True, True, False]


def test_no_rows_have_no_bounds_and_no_sets():
    lower, upper = bounds(np.zeros(0), TABLES, 0.5)
    assert len(lower) == len(upper) == 0
    assert class_sets(np.zeros((0, 3)), SCORES, 0.5).shape == (0, 3)

import numpy as np
import pytest

from automl_tasks.serve.labels import decide, decode_labels


@pytest.mark.parametrize(
    ("classes", "dtype", "labels"),
    [
        (["bad", "good"], "str", ["good", "bad"]),
        (["9", "10"], "int64", [10, 9]),
        (["0.5", "1"], "float64", [1.0, 0.5]),
        (["False", "True"], "bool", [True, False]),
    ],
)
def test_labels(classes, dtype, labels):
    decoded = decode_labels(np.array([1, 0]), classes, dtype)
    assert decoded.tolist() == labels
    assert [type(label) for label in decoded.tolist()] == [type(label) for label in labels]


PROBABILITIES = np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])


@pytest.mark.parametrize(
    ("decision", "codes"),
    [
        (None, [0, 0, 1]),
        ({"weights": None, "costs": None}, [0, 0, 1]),
        ({"weights": [0.2, 0.8], "costs": None}, [0, 1, 1]),
        ({"weights": None, "costs": [[0, 1], [20, 0]]}, [1, 1, 1]),
        ({"weights": [0.8, 0.2], "costs": [[0, 1], [2, 0]]}, [0, 0, 0]),
    ],
)
def test_a_decision_makes_labels_and_without_one_the_most_probable_class_does(decision, codes):
    assert decide(PROBABILITIES, decision).tolist() == codes


def test_no_rows_have_no_labels():
    assert decide(np.empty((0, 3)), {"weights": [1, 2, 3], "costs": None}).tolist() == []

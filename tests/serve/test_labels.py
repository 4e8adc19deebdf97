import numpy as np
import pytest

from automl_tasks.serve.labels import decode_labels


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

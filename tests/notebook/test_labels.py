import numpy as np
import pandas as pd
import pytest

from automl_tasks.features import TargetCodec
from automl_tasks.ingest import snapshot_frame
from automl_tasks.notebook.labels import ClassLabels
from automl_tasks.problem import Problem
from automl_tasks.store import Store


@pytest.mark.parametrize(
    "y",
    [
        np.array(["yes", "no", "yes"]),
        np.array(["", "a", ""], dtype=object),
        np.array([" a", "a", "a"], dtype=object),
        np.array(["2020-01-01", "2021-01-01", "2020-01-01"]),
        np.array([True, False, False]),
        np.array([10, 9, 10], dtype=np.uint8),
        np.array([-1.0, 2.0, 2.0], dtype=np.float32),
        np.array([0.5, 1.5, 0.5]),
    ],
    ids=str,
)
def test_labels_of_every_type_come_back_from_the_engine(y, tmp_path):
    labels = ClassLabels.of(y)
    frame = pd.DataFrame({"x": np.arange(len(y)), "y": labels.column(y)})
    problem = Problem(name="toy", source="here", target="y")
    target = snapshot_frame(problem, Store(tmp_path), frame).read()["y"]
    codec = TargetCodec.fit(target, "binary")
    assert codec.classes is not None
    back = labels.classes[labels.positions(codec.classes)[codec.encode(target)]]
    assert back.dtype == np.unique(y).dtype
    assert back.tolist() == y.tolist()


def test_a_class_that_the_engine_left_out_keeps_its_place():
    labels = ClassLabels.of(np.array(["a", "b", "c"]))
    assert labels.positions(["a", "c"]).tolist() == [0, 2]

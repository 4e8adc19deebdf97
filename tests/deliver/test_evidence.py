from types import SimpleNamespace

import pandas as pd
import pytest

from automl_tasks.deliver.evidence import as_judged
from automl_tasks.errors import DataError


def plan(metric, *classes):
    problem = SimpleNamespace(name="p")
    return SimpleNamespace(metric=metric, classes=list(classes) or None, problem=problem)


def test_a_metric_of_labels_judges_the_labels_that_the_model_gives():
    said = pd.DataFrame(
        {"prediction": [10, 9], "probability_9": [0.8, 0.9], "probability_10": [0.2, 0.1]}
    )
    assert as_judged(said, plan("f1", "9", "10")).tolist() == [[0, 1], [1, 0]]
    assert as_judged(said, plan("f1", "10", "9")).tolist() == [[1, 0], [0, 1]]
    assert as_judged(said, plan("log_loss", "9", "10")).tolist() == [[0.8, 0.2], [0.9, 0.1]]


def test_a_label_that_is_no_class_any_more_gives_way_to_the_most_probable():
    said = pd.DataFrame(
        {
            "prediction": ["gone"],
            "probability_a": 0.1,
            "probability_b": 0.3,
            "probability_gone": 0.6,
        }
    )
    assert as_judged(said, plan("accuracy", "a", "b")).tolist() == [[0, 1]]


def test_an_answer_of_another_task_is_refused():
    with pytest.raises(DataError, match="another task"):
        as_judged(pd.DataFrame({"prediction": [1.0]}), plan("f1", "a", "b"))

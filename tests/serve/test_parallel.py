import threading

import numpy as np
import pandas as pd
import pytest

from automl_tasks.serve.parallel import in_parts, usable_cores


@pytest.mark.parametrize("threads", [1, 3])
def test_many_rows_are_answered_in_parts_and_in_their_order(threads):
    rows = pd.DataFrame({"a": np.arange(30_000)})
    asked, by = [], set()

    def predict(part):
        asked.append(len(part))
        by.add(threading.get_ident())
        return part["a"].to_numpy() * 2.0

    assert in_parts(predict, rows, threads).tolist() == (rows["a"] * 2.0).tolist()
    assert max(asked) <= 10_000 and sum(asked) == 30_000
    assert (threading.get_ident() in by) == (threads == 1)


def test_few_rows_are_answered_at_once():
    asked = []
    in_parts(
        lambda part: asked.append(len(part)) or np.zeros(len(part)), pd.DataFrame({"a": [1]}), 4
    )
    assert asked == [1]


def test_an_error_of_a_part_is_the_callers():
    def predict(part):
        raise KeyError("x")

    with pytest.raises(KeyError):
        in_parts(predict, pd.DataFrame({"a": np.zeros(5_000)}), 2)


def test_there_is_a_core():
    assert usable_cores() >= 1

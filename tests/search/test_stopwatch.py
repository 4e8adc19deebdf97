import time

import pandas as pd

from automl_tasks.search.stopwatch import folder_mb, milliseconds_per_row


def test_the_first_call_warms_up_and_does_not_count():
    calls = []

    def predict(rows):
        calls.append(len(rows))
        time.sleep(0.2 if len(calls) == 1 else 0.01)

    rows = pd.DataFrame({"a": range(10)})
    per_row = milliseconds_per_row(predict, rows, repeats=3, seconds=60)
    assert calls == [10] * 4
    assert 1 <= per_row < 20


def test_a_slow_model_is_not_timed_for_ever():
    calls = []
    rows = pd.DataFrame({"a": [1]})
    milliseconds_per_row(lambda _: calls.append(time.sleep(0.02)), rows, repeats=99, seconds=0)
    assert len(calls) == 2


def test_size_counts_every_file_below(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.bin").write_bytes(b"x" * 1_500_000)
    (tmp_path / "deep" / "b.bin").write_bytes(b"x" * 500_000)
    assert folder_mb(tmp_path) == 2.0

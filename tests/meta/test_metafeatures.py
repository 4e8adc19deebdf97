import math
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_tasks.meta import describe_table
from automl_tasks.meta.landmarks import landmarks


def mixed(rows: int = 500) -> tuple[pd.DataFrame, dict[str, str], np.ndarray]:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "b": np.exp(2 * random.normal(size=rows)),
            "c": random.choice(["x", "y", "z"], rows).astype(object),
            "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(rows), unit="h"),
            "said": ["a few words of text"] * rows,
            "row": np.arange(rows),
        }
    )
    frame.loc[::5, "a"] = np.nan
    frame.loc[::10, "c"] = None
    roles = {
        "a": "numeric",
        "b": "numeric",
        "c": "categorical",
        "when": "datetime",
        "said": "text",
        "row": "id",
    }
    return frame, roles, (frame["b"] > 3).to_numpy(np.int64)


def test_a_table_is_described() -> None:
    frame, roles, y = mixed()
    found = describe_table(frame, roles, y, "binary")
    assert found["log_rows"] == pytest.approx(math.log(500))
    assert found["log_columns"] == pytest.approx(math.log(5))  # an id is no feature
    assert found["share_numeric"] == pytest.approx(0.4)
    assert found["share_missing"] == pytest.approx((0.2 + 0.1) / 5, abs=0.001)
    assert found["share_columns_missing"] == pytest.approx(0.4)
    assert found["levels_most"] == 3
    assert found["skew_most"] > 3
    assert found["classes"] == 2
    assert found["class_commonest"] == pytest.approx(max(y.mean(), 1 - y.mean()))
    assert found["landmark_column"] > 0.9  # a threshold on b is all
    assert "target_skew" not in found
    assert all(math.isfinite(value) for value in found.values())


def test_a_regression_is_described_by_its_target() -> None:
    frame, roles, _ = mixed()
    found = describe_table(frame, roles, frame["b"].to_numpy(), "regression")
    assert found["regression"] == 1
    assert found["target_skew"] > 3
    assert found["target_kurtosis"] > 10
    assert "classes" not in found


def test_the_same_table_is_described_the_same() -> None:
    frame, roles, y = mixed(3_000)
    assert describe_table(frame, roles, y, "binary") == describe_table(frame, roles, y, "binary")


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_few_rows_constants_and_gaps_are_no_error(rows: int) -> None:
    frame = pd.DataFrame({"a": [np.nan] * rows, "b": [1.0] * rows, "c": [None] * rows})
    roles = {"a": "numeric", "b": "numeric", "c": "categorical"}
    found = describe_table(frame, roles, np.arange(rows) % 2, "binary")
    assert found["log_rows"] == pytest.approx(math.log(rows))
    assert all(math.isfinite(value) for value in found.values())


def test_no_column_at_all_is_no_error() -> None:
    frame, _, y = mixed()
    assert describe_table(frame, {}, y, "binary")["log_columns"] == 0


def test_a_large_table_takes_no_time() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(50_000, 100))).rename(columns=str)
    y = (frame["0"] > 0).to_numpy(np.int64)
    start = time.process_time()
    describe_table(frame, dict.fromkeys(frame, "numeric"), y, "binary")
    assert time.process_time() - start < 0.6  # 0.15 where nothing else runs


def test_landmarks_tell_a_line_from_a_pattern() -> None:
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, (600, 2))
    line = landmarks(x, (x[:, 0] + x[:, 1] > 0).astype(float), 2)
    board = landmarks(x, (x[:, 0] * x[:, 1] > 0).astype(float), 2)
    assert line["landmark_line"] > 0.85
    assert line["landmark_neighbour"] > 0.7
    assert board["landmark_line"] < 0.3
    assert board["landmark_neighbour"] > 0.8


def test_landmarks_find_nothing_in_noise_and_all_in_a_copy() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(600, 3))
    assert landmarks(x, random.normal(size=600), 0)["landmark_line"] == pytest.approx(0, abs=0.1)
    assert landmarks(x, x[:, 1], 0)["landmark_line"] > 0.99


def test_classes_that_training_lacks_are_no_error() -> None:
    x = np.random.default_rng(0).normal(size=(30, 2))
    y = np.repeat([0.0, 1.0, 2.0], 10)
    assert set(landmarks(x, y, 3)) == {"landmark_neighbour", "landmark_line", "landmark_column"}


def test_every_meta_feature_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "meta-learning.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    documented = set(re.findall(r"`(\w+)`", " ".join(rows)))
    frame, roles, y = mixed()
    found = describe_table(frame, roles, y, "binary")
    found |= describe_table(frame, roles, frame["b"].to_numpy(), "regression")
    assert documented == set(found)

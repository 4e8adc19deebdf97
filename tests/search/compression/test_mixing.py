import numpy as np
import pandas as pd

from automl_tasks.search.compression.mixing import mixed_rows


def test_mixed_rows_have_cells_of_rows_that_are_answered_alike():
    frame = pd.DataFrame(
        {
            "a": np.arange(200),
            "b": [f"t{at}" for at in range(200)],
            "c": pd.date_range("2024-01-01", periods=200),
        },
        index=np.arange(200) + 7,
    )
    mixed, own = mixed_rows(frame, np.linspace(0, 1, 200), 500, seed=1)
    assert len(mixed) == len(own) == 500
    assert mixed.dtypes.equals(frame.dtypes)
    a, b = mixed["a"].to_numpy(), mixed["b"].str[1:].astype(int).to_numpy()
    assert (np.abs(a - own) <= 4).all() and (np.abs(b - own) <= 4).all()
    assert 0.1 < np.mean(a != b) < 0.9
    again, _ = mixed_rows(frame, np.linspace(0, 1, 200), 500, seed=1)
    assert again.equals(mixed)


def test_classes_stay_among_themselves():
    probabilities = np.eye(3)[np.repeat([0, 1, 2], 100)]
    frame = pd.DataFrame({"kind": np.repeat(["x", "y", "z"], 100)})
    mixed, own = mixed_rows(frame, probabilities, 300)
    assert np.mean(mixed["kind"].to_numpy() == frame["kind"].to_numpy()[own]) > 0.98

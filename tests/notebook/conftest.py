import numpy as np
import pandas as pd
import pytest

from automl_tasks import AutoMLClassifier


def make_people(rows=240, seed=0):
    """Whether somebody buys: a number, a category with gaps and a date decide; the index is odd."""
    rng = np.random.default_rng(seed)
    town = rng.choice(["Bern", "Oslo", None], rows)
    since = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), "D")
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 12, rows).round(1),
            "town": town,
            "since": since,
            "member": rng.random(rows) < 0.5,
            "noise": rng.normal(size=rows),
        },
        index=rng.permutation(rows) + 1000,
    )
    signal = (frame["age"] - 40) / 12 + np.where(town == "Oslo", 1.5, -0.5)
    frame["buys"] = np.where(signal + rng.normal(0, 0.4, rows) > 0, "yes", "no")
    return frame


@pytest.fixture(scope="session")
def people():
    return make_people()


@pytest.fixture(scope="session")
def strangers():
    """Rows that no model has seen."""
    return make_people(120, seed=1)


@pytest.fixture(scope="session")
def fitted(people):
    """A classifier fitted with two trials."""
    return AutoMLClassifier(trials=2, minutes=1).fit(people.drop(columns="buys"), people["buys"])

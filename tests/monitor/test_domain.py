import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from automl_tasks.monitor.domain import domain_auc

RNG = np.random.default_rng(11)


def table(rows, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 6))).add_prefix("x")
    return frame.assign(
        kind=rng.choice(list("abcd"), rows),
        at=pd.date_range("2012", periods=rows, freq="h"),
        odd=np.where(rng.random(rows) < 0.5, np.inf, np.nan),
        never=None,
    )


def test_equal_rows_cannot_be_told_apart():
    frame = table(2400)
    found = domain_auc(frame[:2000], frame[2000:])
    assert found.low < 0.5 < found.high
    assert found.p_value > 0.05
    assert found.columns == []


def test_the_columns_that_tell_the_sides_apart_are_named():
    frame = table(2600)
    moved = frame[2000:].assign(x2=lambda rows: rows["x2"] + 1.5, kind="a")
    found = domain_auc(frame[:2000], moved)
    assert found.low > 0.8
    assert found.p_value < 1e-4
    assert {found.columns[0].column, found.columns[1].column} == {"x2", "kind"}
    assert sum(column.share for column in found.columns) <= 1.0001
    assert domain_auc(frame[:2000], moved) == found


def test_columns_that_move_against_each_other_are_seen():
    frame = table(4000)
    turned = frame[3000:].assign(x0=lambda rows: rows["x1"] + RNG.normal(scale=0.1, size=len(rows)))
    found = domain_auc(frame[:3000], turned)
    assert found.low > 0.6
    assert {column.column for column in found.columns[:2]} == {"x0", "x1"}


def test_wandering_columns_give_nothing_away():
    """Each of 12 windows is its own place in 10 dimensions; a search by chance finds none."""
    apart = []
    for seed in range(12):
        noise = np.random.default_rng(seed).normal(size=(3000, 10))
        frame = pd.DataFrame(lfilter([1], [1, -0.9], noise, axis=0)).add_prefix("c")
        found = domain_auc(frame[200:2400], frame[2400:])
        apart.append(found.low is not None and found.low > 0.5)
    assert sum(apart) <= 1


def test_a_column_that_only_wanders_is_left_out_by_name():
    frame = table(3000).assign(slow=np.cumsum(RNG.normal(size=3000)))
    found = domain_auc(frame[:2600], frame[2600:])
    assert found.left_out == ["slow"]
    assert found.low < 0.5


@pytest.mark.parametrize(
    ("reference", "current", "why"),
    [
        (table(500), table(50), "fewer than 100 rows"),
        (table(500)[["at"]], table(500)[["at"]], "no column"),
        (table(500)[["x0"]], table(500)[["x1"]], "no column"),
        (table(500), table(0), "fewer than 100 rows"),
    ],
    ids=["few rows", "dates alone", "other columns", "no rows"],
)
def test_what_cannot_be_told_is_unknown(reference, current, why):
    found = domain_auc(reference, current)
    assert (found.auc, found.p_value) == (None, None)
    assert why in found.why


def test_a_failure_is_unknown_and_quotes_no_cell():
    class Unreadable:
        def __str__(self):
            raise TypeError("cell 'secret'")

    frame = pd.DataFrame({"x": [Unreadable()] * 200})
    assert domain_auc(frame, frame).why == "TypeError"

from datetime import UTC, datetime

import pandas as pd
import pytest

from automl_tasks.monitor.deliveries import all_deliveries
from automl_tasks.monitor.labels import join_labels
from automl_tasks.monitor.maturity import newest_mature_time
from automl_tasks.problem import Problem
from automl_tasks.store import open_store


def log(*ids):
    return pd.DataFrame({"row_id": ids, "batch": "s2", "prediction": 1.0, "position": 9})


def table(**labels):
    """Labels by row id; a list delivers the row several times."""
    rows = [(row, label) for row, given in labels.items() for label in given]
    times = pd.date_range("2012-01-01", periods=len(rows), freq="h")
    frame = pd.DataFrame(rows, columns=["row_id", "label"])
    return frame.assign(time=times, position=range(len(rows)))


def test_labels_meet_their_predictions():
    labelled = join_labels(log("a", "b"), table(b=[2.0], a=[1.0], other=[5.0]))
    assert labelled.frame[["row_id", "label"]].to_dict("list") == {
        "row_id": ["a", "b"],
        "label": [1.0, 2.0],
    }
    assert labelled.frame["position"].tolist() == [1, 0]
    assert labelled.coverage.share == 1


def test_late_and_lost_labels_are_counted_not_judged():
    labelled = join_labels(log("a", "b", "gone"), table(a=[1.0], b=[None]))
    assert labelled.frame["row_id"].tolist() == ["a"]
    assert (labelled.coverage.predicted, labelled.coverage.missing) == (3, 2)
    assert labelled.coverage.share == pytest.approx(1 / 3)


def test_a_label_delivered_again_changes_nothing():
    once = join_labels(log("a"), table(a=[1.0]))
    twice = join_labels(log("a"), table(a=[1.0, 1.0, None]))
    assert twice.coverage == once.coverage
    assert twice.frame["label"].tolist() == [1.0]


def test_contradictory_labels_are_left_out_and_counted():
    labelled = join_labels(log("a", "b"), table(a=["yes", "no"], b=["no", "no"]))
    assert labelled.frame["row_id"].tolist() == ["b"]
    assert labelled.coverage.contradictory == 1


def test_labels_wait_for_their_time():
    labels = table(a=[1.0], b=[2.0], c=[None], undated=[4.0])
    labels.loc[3, "time"] = pd.NaT
    known_before = pd.Timestamp("2012-01-01 00:00")
    labelled = join_labels(log("a", "b", "c", "undated"), labels, known_before=known_before)
    assert labelled.frame["row_id"].tolist() == ["a"]
    assert (labelled.coverage.waiting, labelled.coverage.missing) == (3, 0)


def test_nothing_matured():
    labelled = join_labels(log("a"), table(a=[None]))
    assert labelled.frame.empty
    assert labelled.coverage.share == 0


@pytest.fixture
def store(tmp_path):
    return open_store(str(tmp_path))


def deliver(store, snapshot, labels, *predicted):
    """What is known of the predicted rows once a snapshot has brought these labels."""
    known = all_deliveries(store, "bikes", snapshot, labels, pd.Series(predicted))
    return join_labels(log(*predicted), known)


def test_labels_of_rows_that_left_the_source_stay_known(store):
    assert deliver(store, "s1", table(a=[None], b=[1.0]), "a", "b").frame["row_id"].tolist() == [
        "b"
    ]
    labelled = deliver(store, "s2", table(a=[2.0], other=[9.0]), "a", "b")
    assert labelled.frame[["row_id", "label"]].to_numpy().tolist() == [["a", 2.0], ["b", 1.0]]
    assert labelled.coverage.missing == 0
    third = deliver(store, "s3", table(new=[1.0]), "a", "b")
    assert third.frame["label"].tolist() == [2.0, 1.0]
    assert len(store.list("bikes/labels")) == 2


def test_the_same_delivery_again_writes_nothing_and_joins_alike(store):
    first = deliver(store, "s1", table(a=[1.0], b=[2.0]), "a", "b")
    path = store.path("bikes/labels/000000-s1.parquet")
    written = path.stat().st_mtime_ns
    again = deliver(store, "s1", table(a=[1.0], b=[2.0]), "a", "b")
    assert again.coverage == first.coverage
    pd.testing.assert_frame_equal(again.frame, first.frame)
    assert path.stat().st_mtime_ns == written
    assert len(store.list("bikes/labels")) == 1


def test_a_changed_label_counts_as_it_is_now_and_is_reported(store):
    deliver(store, "s1", table(a=["yes"], b=["no"]), "a", "b")
    labelled = deliver(store, "s2", table(a=["no"], b=["no"]), "a", "b")
    assert labelled.frame["label"].tolist() == ["no", "no"]
    assert (labelled.coverage.revised, labelled.coverage.contradictory) == (1, 0)
    # Back to what it was, and then gone from the source.
    deliver(store, "s3", table(a=["yes"]), "a", "b")
    gone = deliver(store, "s4", table(z=["no"]), "a", "b")
    assert gone.frame["label"].tolist() == ["yes", "no"]
    assert gone.coverage.revised == 1


def test_a_label_withdrawn_later_stays_known(store):
    deliver(store, "s1", table(a=[1.0]), "a")
    assert deliver(store, "s2", table(a=[None]), "a").frame["label"].tolist() == [1.0]


def test_two_labels_in_the_newest_delivery_contradict_each_other(store):
    deliver(store, "s1", table(a=[1.0]), "a")
    torn = deliver(store, "s2", table(a=[1.0, 2.0]), "a")
    assert (torn.coverage.contradictory, torn.coverage.revised, torn.coverage.labelled) == (1, 0, 0)


def test_a_number_is_the_same_label_whatever_its_type(store):
    deliver(store, "s1", table(a=[1], b=[2]), "a", "b")
    labelled = deliver(store, "s2", table(a=[1.0], b=[None], c=[0.5]), "a", "b")
    assert labelled.coverage.revised == 0
    assert labelled.frame["label"].tolist() == [1, 2]


def clock_of(*times, now=None):
    problem = Problem.model_validate(
        {"name": "bikes", "source": "x.csv", "target": "y", "time": "t", "label_delay_hours": 24}
    )
    return newest_mature_time(pd.DataFrame({"t": pd.to_datetime(pd.Series(times))}), problem, now)


def test_labels_mature_by_the_clock_of_the_data_but_not_beyond_the_present():
    assert clock_of("2012-01-01", "2012-01-03") == pd.Timestamp("2012-01-02")
    assert clock_of("2012-01-01", now=datetime(2012, 2, 1, tzinfo=UTC)) == pd.Timestamp(
        "2012-01-31"
    )
    wrong = clock_of("2012-01-01", "2199-01-01")
    assert wrong <= pd.Timestamp.now("UTC").tz_localize(None) - pd.Timedelta(hours=24)


def test_the_delay_is_real_time_where_clocks_are_put_forward():
    for zone in ("Europe/Berlin", "America/New_York"):
        newest = pd.Timestamp("2012-03-25 12:00", tz=zone)
        assert newest - clock_of(newest) == pd.Timedelta(hours=24)

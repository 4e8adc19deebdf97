import pandas as pd
import pytest

from automl_tasks.monitor.labels import join_labels


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

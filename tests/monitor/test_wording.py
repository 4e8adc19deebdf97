from automl_tasks.monitor.decision import Decision, WindowResult
from automl_tasks.monitor.drift import ColumnDrift, DriftSummary
from automl_tasks.monitor.labels import LabelCoverage
from automl_tasks.monitor.performance import LossComparison
from automl_tasks.monitor.permission import Permission
from automl_tasks.monitor.segments import Segment, SegmentSummary
from automl_tasks.monitor.wording import segment_words, sentence
from automl_tasks.problem import MonitorPolicy

WORSE = WindowResult(
    batches=("s2",),
    name="2012-01",
    start="2012-01-01",
    end="2012-01-31",
    comparison=LossComparison(
        rows=744,
        reference_rows=900,
        loss=58.3,
        reference_loss=41.2,
        increase=0.415,
        increase_at_least=0.32,
    ),
    score=58.3,
    reference_score=41.2,
    violates=True,
)
ALL = LabelCoverage(predicted=744, labelled=744, waiting=0, missing=0, contradictory=0)


def decision_of(**changes):
    fields = {
        "id": "0123",
        "problem": "bikes",
        "status": "degraded",
        "retrain": True,
        "run_id": "drift__0123",
        "sentence": "",
        "created_at": "2012-02-01T00:00:00+00:00",
        "snapshot": "s2",
        "champion_version": 1,
        "champion_run": "r1",
        "metric": "rmse",
        "windows": [WORSE],
        "coverage": ALL,
        "arrivals": ("s2",),
        "drift": None,
        "thresholds": MonitorPolicy(),
        "inputs": "",
    }
    return Decision(**fields | changes)


def say(because="retraining", **changes):
    return sentence(decision_of(**changes), Permission(True, because))


def test_a_degraded_champion():
    assert say() == (
        "RMSE on the 744 rows of 2012-01 rose from 41.2 to 58.3 (loss +42 %; with 95 % confidence "
        "at least +32 %; 10 % is tolerated); retraining."
    )


def test_a_score_that_should_be_high_falls():
    window = WORSE.model_copy(update={"name": "", "score": 0.7, "reference_score": 0.9})
    assert say(metric="roc_auc", windows=[window]).startswith(
        "ROC AUC on the newest 744 labelled rows fell from 0.9 to 0.7 (loss +42 %"
    )


def test_why_no_search_starts():
    assert "; the monitor's mode is dry_run." in say("the monitor's mode is dry_run")
    two = MonitorPolicy(windows=2)
    assert "; a search needs 2 such windows in a row." in say(status="suspected", thresholds=two)
    unsure = WORSE.model_copy(update={"violates": False})
    assert "; not certain enough for a search." in say(status="suspected", windows=[unsure])
    assert "; the champion stays." in say(status="stable", windows=[unsure])


def test_a_rise_that_may_be_chance_is_said_to_be_uncertain():
    unsure = WORSE.comparison.model_copy(
        update={"increase_at_least": -0.03, "increase_interval": (-0.08, 0.9)}
    )
    window = WORSE.model_copy(update={"comparison": unsure, "violates": False})
    assert say(status="stable", windows=[window]) == (
        "RMSE on the 744 rows of 2012-01 rose from 41.2 to 58.3 (loss +42 %; that is not certain, "
        "with 95 % confidence between -8 % and +90 %; 10 % is tolerated); the champion stays."
    )
    tolerated = window.model_copy(
        update={"comparison": unsure.model_copy(update={"increase": 0.05})}
    )
    assert "(loss +5 %; 10 % is tolerated)" in say(status="stable", windows=[tolerated])


def test_a_loss_of_nearly_nothing_does_not_rise_by_millions():
    comparison = WORSE.comparison.model_copy(update={"increase": 2.5e6, "increase_at_least": 9.99})
    window = WORSE.model_copy(update={"comparison": comparison})
    assert "(loss over +1000 %; with 95 % confidence at least +999 %;" in say(windows=[window])


def test_nothing_to_judge_says_what_is_missing():
    coverage = LabelCoverage(predicted=1744, labelled=44, waiting=1700, missing=0, contradictory=0)
    assert say(status="unknown", windows=[], coverage=coverage) == (
        "44 of 1,744 predicted rows have their label (1,700 wait for it); 100 are needed to judge."
    )


def test_labels_that_were_left_out_are_named():
    coverage = LabelCoverage(predicted=750, labelled=744, waiting=0, missing=4, contradictory=2)
    assert say(coverage=coverage).endswith(
        "744 of 750 predicted rows have their label (4 have none, 2 have two different ones)."
    )
    new = WORSE.model_copy(update={"new_classes": 3})
    assert "3 more have a label that the champion has never seen" in say(windows=[new])


def test_an_undefined_metric():
    window = WORSE.model_copy(update={"comparison": LossComparison(rows=744, reference_rows=900)})
    assert say(status="unknown", metric="roc_auc", windows=[window]).startswith(
        "ROC AUC is not defined on the 744 rows of 2012-01; no judgement."
    )


def test_drift_is_a_hint_of_at_most_three_columns():
    columns = [
        ColumnDrift(column=name, kind="numeric", effect=1.0, p_value=0.0, adjusted=0.0, drifted=d)
        for name, d in zip("abcde", [True, True, True, True, False], strict=True)
    ]
    drift = DriftSummary(reference_rows=100, current_rows=100, columns=columns)
    assert say(drift=drift).endswith("Drifted columns: 'a', 'b', 'c' and 1 more (4 of 5).")


def test_windows_in_a_row_are_counted():
    two = MonitorPolicy(windows=2)
    words = say(windows=[WORSE, WORSE], thresholds=two)
    assert words.endswith("10 % is tolerated); second window in a row; retraining.")
    better = WORSE.model_copy(update={"violates": False})
    assert "in a row; r" not in say(windows=[WORSE, better], thresholds=two)
    assert "; third window in a row;" in say(windows=[WORSE] * 3, thresholds=two)


def test_labels_that_changed_are_told():
    assert say(coverage=ALL.model_copy(update={"revised": 5})).endswith(
        "744 of 744 predicted rows have their label (5 had another one before)."
    )


def test_the_worst_slice_is_named():
    worst = Segment(
        column="city",
        level="Oslo",
        rows=1892,
        reference_rows=500,
        loss=4.1234,
        reference_loss=1.0,
        rest_loss=1.2,
        excess=2.9,
        excess_interval=(2.0, 3.8),
        share=0.4,
        p_value=0.0,
        adjusted=0.0,
    )
    found = SegmentSummary(
        loss="squared error", rows=3000, reference_rows=2000, tested=9, worst=[worst]
    )
    assert segment_words(found) == (
        "Worst where 'city' is 'Oslo', 1,892 rows: squared error 4.12 (before: 1), "
        "1.2 in the other rows."
    )
    new = worst.model_copy(update={"reference_loss": None})
    assert "before" not in segment_words(found.model_copy(update={"worst": [new]}))
    assert segment_words(found.model_copy(update={"worst": []})) == ""

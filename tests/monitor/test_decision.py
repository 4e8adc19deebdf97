import pytest

from automl_tasks.monitor.decision import WindowResult, decision_id, judge
from automl_tasks.monitor.performance import LossComparison
from automl_tasks.problem import MonitorPolicy


def window(violates, *, increase=0.0, at_least=0.0, batch="s2"):
    comparison = LossComparison(
        rows=744, reference_rows=900, increase=increase, increase_at_least=at_least
    )
    return WindowResult(
        batches=(batch,), name="", start=None, end=None, comparison=comparison, violates=violates
    )


@pytest.mark.parametrize(
    ("newest_first", "needed", "status"),
    [
        ([], 1, "unknown"),
        ([window(None)], 1, "unknown"),
        ([window(False)], 1, "stable"),
        ([window(True)], 1, "degraded"),
        ([window(True)], 2, "suspected"),
        ([window(True), window(False)], 2, "suspected"),
        ([window(True), window(None)], 2, "suspected"),
        ([window(True), window(True)], 2, "degraded"),
        ([window(False), window(True)], 2, "stable"),
        ([window(False, increase=0.3, at_least=0.05)], 1, "suspected"),
        ([window(False, increase=0.3, at_least=-0.1)], 1, "stable"),
        ([window(False, increase=0.08, at_least=0.05)], 1, "stable"),
    ],
)
def test_status(newest_first, needed, status):
    assert judge(newest_first, MonitorPolicy(windows=needed)) == status


def test_the_id_names_what_was_decided():
    policy, evidence = MonitorPolicy(), [["s2"], [["s2"], 744]]
    assert decision_id("bikes", 1, policy, evidence) == decision_id("bikes", 1, policy, evidence)
    others = [
        decision_id("cars", 1, policy, evidence),
        decision_id("bikes", 2, policy, evidence),
        decision_id("bikes", 1, MonitorPolicy(tolerance=0.2), evidence),
        decision_id("bikes", 1, policy, [["s2"], [["s2"], 745]]),
    ]
    assert len({decision_id("bikes", 1, policy, evidence), *others}) == 5
    assert all(len(each) == 16 for each in others)

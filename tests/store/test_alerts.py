import threading

from automl_tasks.store import Store
from automl_tasks.store.alerts import list_alerts, raise_alert


def test_an_alert_is_kept_and_listed(tmp_path):
    store = Store(tmp_path)
    assert raise_alert(store, "bikes", "quarantine", "column 'cnt' is missing", "snapshot-1")
    (alert,) = list_alerts(store, "bikes")
    assert (alert.kind, alert.message) == ("quarantine", "column 'cnt' is missing")
    assert list_alerts(store, "cars") == []


def test_the_same_cause_alerts_once(tmp_path):
    store = Store(tmp_path)
    assert raise_alert(store, "bikes", "degraded", "first", "decision-1")
    assert not raise_alert(store, "bikes", "degraded", "second", "decision-1")
    assert [alert.message for alert in list_alerts(store, "bikes")] == ["first"]


def test_many_at_once_alert_once(tmp_path):
    raised = []

    def tell() -> None:
        raised.append(raise_alert(Store(tmp_path), "bikes", "degraded", "worse", "decision-1"))

    threads = [threading.Thread(target=tell) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(raised) == 1


def test_any_text_is_a_key(tmp_path):
    store = Store(tmp_path)
    keys = ["../../etc/passwd", "a/b", "x" * 500, "drift__1", ""]
    assert all(raise_alert(store, "bikes", "failed", "m", key) for key in keys)
    assert {alert.key for alert in list_alerts(store, "bikes")} == set(keys)
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "bikes" / "alerts"}

"""Alerts: what a person was told, once per cause, in words without data of single rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict

from automl_tasks.store._base import Store
from automl_tasks.store.hashing import digest_json

__all__ = ["Alert", "failed_run_key", "list_alerts", "raise_alert"]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")


class Alert(BaseModel):
    """One thing that a person should know.

    Attributes
    ----------
    key
        Names the cause; a second alert of the same key is not raised.
    kind
        Short word to filter by: ``degraded``, ``quarantine``, ``report failed``.
    message
        A sentence for people; no raw rows, row ids or secrets.
    created_at
        ISO 8601, UTC.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    kind: str
    message: str
    created_at: str


def failed_run_key(dag: str, run: str) -> str:
    """Key of the alert that a run failed, such as run ``drift__1`` of ``churn.search``."""
    return f"failed-{dag}-{run}"


def raise_alert(store: Store, name: str, kind: str, message: str, key: str) -> bool:
    """Record an alert of a problem, once per key.

    Returns
    -------
    bool
        False when the key was alerted before; the first alert stays as it is.
    """
    place = f"{name}/alerts/{_file_name(key)}.json"
    with store.lock(f"{name}/alerts"):
        if store.exists(place):
            return False
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        alert = Alert(key=key, kind=kind, message=message, created_at=created_at)
        store.write_json(place, alert.model_dump(mode="json"))
    return True


def list_alerts(store: Store, name: str) -> list[Alert]:
    """Alerts of a problem, newest first."""
    folder = f"{name}/alerts"
    alerts = [Alert.model_validate(store.read_json(f"{folder}/{e}")) for e in store.list(folder)]
    return sorted(alerts, key=lambda alert: (alert.created_at, alert.key), reverse=True)


def _file_name(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else digest_json(key)[:32]

"""Move the aliases so that a crash after any line leaves a champion that works.

The version has been loaded and tried before this is called, so the one call that moves
``champion`` is the whole change; ``previous_champion`` is set before it, tags and record after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl_tasks.deliver import promotion as records
from automl_tasks.deliver.evidence import Evidence, collect
from automl_tasks.deliver.gate import check_smoke
from automl_tasks.deliver.versions import CHAMPION, PREVIOUS, PROMOTED_TAG, find_version

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from automl_tasks.deliver.promotion import Promotion
    from automl_tasks.store import Store

__all__ = ["make_champion"]


def make_champion(
    client: MlflowClient, store: Store, record: Promotion, evidence: Evidence | None = None
) -> Promotion:
    """Carry a stored decision out, or the rest of it after a crash.

    When the model does not answer through ``models:/NAME@champion``, the old champion is put
    back and the record becomes ``invalid``. The trial takes its rows from `evidence`, or reads
    them.
    """
    name, before = record.problem, record.champion_before
    version = find_version(client, name, record.version)
    if version is None:
        return _failed(store, record, f"version {record.version} is gone")
    if before is not None and find_version(client, name, before) is not None:
        client.set_registered_model_alias(name, PREVIOUS, str(before))
    client.set_registered_model_alias(name, CHAMPION, str(record.version))
    evidence = evidence or collect(store, name, version, None)
    smoke = check_smoke(f"models:/{name}@{CHAMPION}", evidence)
    if not smoke.passed:
        if before is None:
            client.delete_registered_model_alias(name, CHAMPION)
        else:
            client.set_registered_model_alias(name, CHAMPION, str(before))
        return _failed(store, record, smoke.detail)
    tags = {
        PROMOTED_TAG: version.promoted_at or records.now(),
        "promoted_from": str(before or ""),
        "verdict": record.verdict,
    }
    for key, value in tags.items():
        client.set_model_version_tag(name, str(record.version), key, value)
    return records.save(store, record.model_copy(update={"applied": True}))


def _failed(store: Store, record: Promotion, reason: str) -> Promotion:
    return records.save(
        store, record.model_copy(update={"verdict": "invalid", "reason": reason, "applied": False})
    )

"""Sources (CSV, Parquet, SQL, S3) to immutable snapshots."""

from automl_tasks.ingest.connections import Connection, ConnectionLookup, environment_connection
from automl_tasks.ingest.frame import plain_frame, snapshot_frame
from automl_tasks.ingest.row_ids import row_ids
from automl_tasks.ingest.snapshot import (
    ColumnInfo,
    Snapshot,
    SnapshotManifest,
    current_snapshot,
    load_snapshot,
    publish,
)
from automl_tasks.ingest.taking import take_snapshot

__all__ = [
    "ColumnInfo",
    "Connection",
    "ConnectionLookup",
    "Snapshot",
    "SnapshotManifest",
    "current_snapshot",
    "environment_connection",
    "load_snapshot",
    "plain_frame",
    "publish",
    "row_ids",
    "snapshot_frame",
    "take_snapshot",
]

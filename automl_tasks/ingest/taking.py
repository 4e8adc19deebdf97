"""Take a snapshot: read the source in two passes and put the result into the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from automl_tasks.errors import DataError
from automl_tasks.ingest.connections import ConnectionLookup, environment_connection
from automl_tasks.ingest.kinds import Kind
from automl_tasks.ingest.snapshot import (
    DATA,
    ColumnInfo,
    Snapshot,
    SnapshotManifest,
    load_snapshot,
)
from automl_tasks.ingest.sources import open_inputs, source_label
from automl_tasks.ingest.staging import Staged, missing_texts, stage
from automl_tasks.ingest.writing import write_parquet
from automl_tasks.problem import Problem
from automl_tasks.store import Store, digest_file

__all__ = ["take_snapshot"]


def take_snapshot(
    problem: Problem, store: Store, lookup: ConnectionLookup | None = None
) -> Snapshot:
    """Stream a problem's source into the store.

    The same content gives the same id, and then the snapshot that exists already.

    Parameters
    ----------
    lookup
        Finds connections by id; default: ``AIRFLOW_CONN_<ID>`` in the environment.

    Raises
    ------
    SourceError
        The source is not as described.
    DataError
        The data cannot be used: columns or rows are missing.
    SourceUnreachable
        A server does not answer.
    """
    find = lookup or environment_connection
    with _work_folder(store, problem.name) as work:
        staged = stage(open_inputs(problem.source, find, work), problem, work)
        kinds = {name: tally.kind() for name, tally in staged.tallies.items()}
        _check_time(problem, staged, kinds)
        nulls = write_parquet(staged, kinds, missing_texts(problem), work / DATA)
        manifest = SnapshotManifest(
            id=digest_file(work / DATA)[:16],
            problem=problem.name,
            rows=staged.rows,
            columns=[ColumnInfo(name=name, type=kind) for name, kind in kinds.items()],
            time_range=_time_range(problem, work / DATA),
            source=source_label(problem.source, find),
            notes=_notes(problem, staged, kinds, nulls),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        key = f"{problem.name}/snapshots/{manifest.id}"
        if not store.exists(key):
            with store.new_folder(key) as folder:
                (work / DATA).rename(folder / DATA)
                (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n")
    return load_snapshot(store, problem.name, manifest.id)


@contextmanager
def _work_folder(store: Store, name: str) -> Iterator[Path]:
    """A scratch folder on the store's disk, for one ingestion of a problem at a time."""
    key = f"{name}/.ingest"
    with store.lock(key):
        store.delete(key)  # what a killed ingestion left
        folder = store.path(key)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            store.delete(key)


def _check_time(problem: Problem, staged: Staged, kinds: dict[str, Kind]) -> None:
    if problem.time is None or kinds[problem.time] != "string":
        return
    first = staged.tallies[problem.time].first_text() or "numbers and dates are mixed"
    raise DataError(
        f"the time column {problem.time!r} holds values that are neither dates nor numbers, "
        f"first {first}",
        where=problem.name,
        remedy="Write dates as 2020-01-31 or 2020-01-31 12:00:00, or name another time column",
    )


def _time_range(problem: Problem, path: Path) -> tuple[str, str] | None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if problem.time is None:
        return None
    values = pq.ParquetFile(path).read(columns=[problem.time])[problem.time]
    ends = pc.min_max(values)
    if not ends["min"].is_valid:
        return None
    return _shown(ends["min"]), _shown(ends["max"])


def _shown(value: Any) -> str:
    plain = value.as_py()
    return str(plain.isoformat() if hasattr(plain, "isoformat") else plain)


def _notes(
    problem: Problem, staged: Staged, kinds: dict[str, Kind], nulls: dict[str, int]
) -> list[str]:
    notes = list(staged.notes)
    for name, tally in staged.tallies.items():
        note = tally.note(name)
        notes += [note] if note else []
        lost = nulls[name] - (staged.rows - tally.values)
        if lost > 0 and kinds[name] in ("float", "datetime"):
            what = "dates outside 1677 to 2262" if kinds[name] == "datetime" else "NaN"
            notes.append(f"column {name!r}: {lost:,} values ({what}) were read as missing")
    unlabelled = nulls[problem.target]
    if unlabelled:
        notes.append(f"{unlabelled:,} of {staged.rows:,} rows have no target yet")
    return notes

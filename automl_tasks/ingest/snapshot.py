"""Snapshots: what was ingested, immutable, under an id made of its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from automl_tasks.errors import DataError
from automl_tasks.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "DATA",
    "ColumnInfo",
    "Snapshot",
    "SnapshotManifest",
    "current_snapshot",
    "load_snapshot",
    "publish",
]


DATA = "data.parquet"


class ColumnInfo(BaseModel):
    """Name and kind of a column."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: Literal["int", "float", "datetime", "string"]


class SnapshotManifest(BaseModel):
    """What a snapshot is and where it came from.

    Attributes
    ----------
    id
        First 16 hexadecimal digits of the SHA-256 of the data file.
    time_range
        First and last value of the problem's time column.
    source
        Path or address, without user, password or query.
    notes
        What ingestion noticed: an encoding detected, a text among numbers.
    created_at
        UTC; not part of the id.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    problem: str
    rows: int
    columns: list[ColumnInfo]
    time_range: tuple[str, str] | None
    source: str
    notes: list[str]
    created_at: str


@dataclass(frozen=True)
class Snapshot:
    """A snapshot in the store."""

    problem: str
    id: str
    folder: Path
    manifest: SnapshotManifest

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return [column.name for column in self.manifest.columns]

    @property
    def data(self) -> Path:
        """The Parquet file of the rows."""
        return self.folder / DATA

    def read(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows in the order of the source.

        Strings are ``object`` with None where missing; integers ``int64``, or ``float64`` when
        some are missing; other numbers ``float64``; dates ``datetime64[ns]`` in UTC.

        Parameters
        ----------
        columns
            Names to read, in this order; default: all.

        Raises
        ------
        DataError
            When a column is not in the snapshot.
        """
        import pyarrow.parquet as pq

        names = self.names
        absent = [name for name in columns or () if name not in names]
        if absent:
            raise DataError(
                f"column {absent[0]!r} is missing",
                where=f"snapshot {self.id} of {self.problem}",
                remedy=f"The columns are: {', '.join(names[:20])}",
            )
        wanted = list(columns) if columns is not None else names
        # A folder of a problem may look like key=value, which a data set would make a column.
        table = pq.ParquetFile(self.data).read(columns=wanted)
        frame: pd.DataFrame = table.select(wanted).to_pandas()
        return frame


def load_snapshot(store: Store, name: str, snapshot_id: str) -> Snapshot:
    """Open a snapshot of a problem.

    Raises
    ------
    DataError
        When there is no such snapshot.
    """
    key = f"{name}/snapshots/{snapshot_id}"
    try:
        manifest = SnapshotManifest.model_validate(store.read_json(f"{key}/manifest.json"))
    except (FileNotFoundError, ValidationError, ValueError) as error:
        raise DataError(
            f"there is no snapshot {snapshot_id!r}",
            where=name,
            remedy=f"Take one: nightshift prepare {name}",
        ) from error
    return Snapshot(name, snapshot_id, store.path(key), manifest)


def publish(store: Store, snapshot: Snapshot) -> bool:
    """Make a snapshot the current one; False when it already was."""
    key = f"{snapshot.problem}/current.json"
    if store.exists(key) and store.read_json(key).get("snapshot") == snapshot.id:
        return False
    store.write_json(key, {"snapshot": snapshot.id})
    return True


def current_snapshot(store: Store, name: str) -> Snapshot:
    """The published snapshot of a problem.

    Raises
    ------
    DataError
        When none was published.
    """
    try:
        snapshot_id = store.read_json(f"{name}/current.json")["snapshot"]
    except FileNotFoundError as error:
        raise DataError(
            "no snapshot has been published",
            where=name,
            remedy=f"Prepare the data first: nightshift prepare {name}",
        ) from error
    return load_snapshot(store, name, snapshot_id)

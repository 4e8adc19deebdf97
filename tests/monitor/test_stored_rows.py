import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from automl_tasks.errors import DataError
from automl_tasks.ingest import ColumnInfo, Snapshot, SnapshotManifest
from automl_tasks.monitor import known_rows
from automl_tasks.monitor.identity import stored_ids
from automl_tasks.monitor.stored_rows import StoredRows
from automl_tasks.problem import Problem

ROWS, GROUP = 95, 10
TYPES = {"n": "int", "gaps": "int", "x": "float", "at": "datetime", "word": "string", "y": "float"}


@pytest.fixture
def snapshot(tmp_path):
    """Ten groups of rows; only the third has missing integers."""
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "n": np.arange(ROWS),
            "gaps": pa.array([None if each == 25 else each for each in range(ROWS)], pa.int64()),
            "x": rng.normal(size=ROWS),
            "at": pd.date_range("2012", periods=ROWS, freq="h"),
            "word": pa.array([None if each % 7 == 0 else f"w{each % 5}" for each in range(ROWS)]),
            "y": rng.normal(size=ROWS),
        }
    )
    pq.write_table(table, tmp_path / "data.parquet", row_group_size=GROUP)
    manifest = SnapshotManifest(
        id="s",
        problem="p",
        rows=ROWS,
        columns=[ColumnInfo(name=name, type=kind) for name, kind in TYPES.items()],
        time_range=None,
        source="",
        notes=[],
        created_at="",
    )
    return Snapshot("p", "s", tmp_path, manifest)


@pytest.mark.parametrize(
    "positions", [[], [3], range(ROWS), [94, 0, 40, 40, 41, 7], [10, 11, 19, 20], [25]]
)
def test_rows_are_those_of_the_whole_table(snapshot, positions):
    rows, whole = StoredRows(snapshot), snapshot.read()
    positions = np.array(positions, dtype=np.int64)
    pd.testing.assert_frame_equal(rows.take(positions), whole.iloc[positions])
    some = ["word", "gaps"]
    pd.testing.assert_frame_equal(rows.take(positions, some), whole[some].iloc[positions])


def test_parts_are_the_whole_table_one_after_the_other(snapshot):
    rows = StoredRows(snapshot)
    parts = list(rows.parts(["gaps", "at"]))
    assert [len(part) for part in parts] == [10] * 9 + [5]
    pd.testing.assert_frame_equal(pd.concat(parts), snapshot.read(["gaps", "at"]))
    pd.testing.assert_frame_equal(rows.columns(["x"]), snapshot.read(["x"]))
    assert len(rows) == ROWS


def test_groups_without_a_wanted_row_are_not_read(snapshot):
    path = snapshot.folder / "data.parquet"
    group = pq.ParquetFile(path).metadata.row_group(4).column(2)
    content = bytearray(path.read_bytes())
    begin = group.dictionary_page_offset or group.data_page_offset
    content[begin : begin + group.total_compressed_size] = b"\xff" * group.total_compressed_size
    path.write_bytes(content)
    rows = StoredRows(snapshot)
    assert rows.take(np.array([5, 39, 60]))["n"].tolist() == [5, 39, 60]
    assert rows.take(np.array([45]), ["n"])["n"].tolist() == [45]
    with pytest.raises(OSError, match=r"."):
        rows.take(np.array([45]))


def test_a_column_that_is_not_there_is_named(snapshot):
    with pytest.raises(DataError, match="'z' is missing"):
        StoredRows(snapshot).columns(["z"])


@pytest.mark.parametrize("more", [{}, {"time": "at"}, {"id": ["word", "gaps"]}, {"id": ["n"]}])
def test_ids_are_those_of_the_whole_table(snapshot, more):
    problem = Problem.model_validate(
        {"name": "p", "source": {"path": "rows.csv"}, "target": "y"} | more
    )
    found = stored_ids(StoredRows(snapshot), problem)
    pd.testing.assert_series_equal(found, known_rows(snapshot.read(), problem))


def test_equal_rows_in_different_groups_are_told_apart(snapshot):
    problem = Problem.model_validate({"name": "p", "source": {"path": "r"}, "target": "y"})
    path = snapshot.folder / "data.parquet"
    alike = pq.read_table(path).slice(0, 1)
    pq.write_table(pa.concat_tables([alike] * 25), path, row_group_size=GROUP)
    ids = stored_ids(StoredRows(snapshot), problem)
    assert ids.is_unique
    assert ids.iloc[24] == f"{ids.iloc[0]}-24"

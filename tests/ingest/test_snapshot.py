from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from automl_tasks.errors import DataError, SourceError
from automl_tasks.ingest import current_snapshot, load_snapshot, publish

ROWS = "when,a,y\n2020-01-02,1,0\n2020-01-01,2,\n"


def test_manifest(take, file):
    path = file("t.csv", ROWS)
    manifest = take(path, time="when").manifest
    assert manifest.problem == "toy"
    assert manifest.rows == 2
    assert [(column.name, column.type) for column in manifest.columns] == [
        ("when", "datetime"),
        ("a", "int"),
        ("y", "int"),
    ]
    assert manifest.time_range == ("2020-01-01T00:00:00", "2020-01-02T00:00:00")
    assert manifest.source == str(path)
    assert manifest.notes == ["1 of 2 rows have no target yet"]


def test_same_content_has_the_same_id_however_it_came(take, file, store):
    whole = take(file("t.csv", ROWS))
    created = whole.manifest.created_at
    head, *rows = ROWS.splitlines(keepends=True)
    for number, row in enumerate(rows):
        file(f"in/{number}.csv", (head + row).replace(",", ";"))
    again = take(file("in/0.csv", (head + rows[0]).replace(",", ";")).parent)
    assert again.id == whole.id
    assert again.manifest.created_at == created
    assert take(file("t.csv", ROWS.replace("2,", "3,"))).id != whole.id
    assert len(store.list("toy/snapshots")) == 2


def test_read_some_columns_in_the_order_asked(take, file):
    snapshot = take(file("t.csv", ROWS))
    assert snapshot.read(["y", "when"]).columns.tolist() == ["y", "when"]
    assert snapshot.read()["when"].tolist() == [
        pd.Timestamp("2020-01-02"),
        pd.Timestamp("2020-01-01"),
    ]
    with pytest.raises(DataError, match="column 'b' is missing"):
        snapshot.read(["b"])


def test_publish_and_current(take, file, store):
    with pytest.raises(DataError, match="nightshift prepare toy"):
        current_snapshot(store, "toy")
    first, second = take(file("t.csv", ROWS)), take(file("u.csv", ROWS + "2020-01-03,3,1\n"))
    assert publish(store, first)
    assert not publish(store, first)
    assert current_snapshot(store, "toy").id == first.id
    assert publish(store, second)
    assert current_snapshot(store, "toy").manifest == second.manifest


def test_unknown_snapshot(store):
    with pytest.raises(DataError, match="there is no snapshot 'beef'"):
        load_snapshot(store, "toy", "beef")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"time": "whem"}, r"column 'whem', named in 'time'.*Did you mean 'when'\?"),
        ({"id": "b"}, "column 'b', named in 'id'"),
        ({"protected": ["a", "A"]}, "column 'A', named in 'protected'.*Did you mean 'a'"),
        ({"ignore": "b"}, "column 'b', named in 'ignore'"),
        ({"roles": {"b": "text"}}, "column 'b', named in 'roles'"),
    ],
)
def test_columns_that_the_problem_names_must_be_there(take, file, snapshots, keys, message):
    with pytest.raises(DataError, match=message):
        take(file("t.csv", ROWS), **keys)
    assert snapshots() == []


def test_time_column_must_be_ordered(take, file, snapshots):
    path = file("t.csv", "when,y\n2020-01-31,0\n31.12.2019,1\n")
    with pytest.raises(DataError, match=r"'when' holds .*first '31\.12\.2019' in row 2 of"):
        take(path, time="when")
    assert snapshots() == []
    assert take(file("u.csv", "when,y\n2,0\n1,1\n"), time="when").manifest.time_range == ("1", "2")


def test_an_error_leaves_the_published_snapshot_alone(take, file, store):
    snapshot = take(file("t.csv", ROWS))
    publish(store, snapshot)
    with pytest.raises(SourceError):
        take(file("t.csv", "a,y\n1\n"))
    assert current_snapshot(store, "toy").read().shape == (2, 3)


KILLED_AFTER_WRITING = """
import sys, time
from pathlib import Path
from automl_tasks.ingest import taking
from automl_tasks.problem import Problem
from automl_tasks.store import Store

write = taking.write_parquet
def write_and_wait(*arguments):
    write(*arguments)
    print("written", flush=True)
    time.sleep(60)
taking.write_parquet = write_and_wait
problem = Problem(name="toy", source=sys.argv[1], target="y")
taking.take_snapshot(problem, Store(Path(sys.argv[2])))
"""


def test_a_killed_ingestion_leaves_no_snapshot_and_does_not_stop_the_next(
    take, file, store, snapshots
):
    path = file("t.csv", ROWS)
    command = [sys.executable, "-c", KILLED_AFTER_WRITING, str(path), str(store.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "written\n"
        child.kill()
    assert snapshots() == [".ingest"]
    snapshot = take(path)
    assert snapshots() == [snapshot.id]


def test_batches_that_end_elsewhere_give_the_same_bytes(take, file):
    rows = [f"{n:060d}z,{n % 7 or ''}\n" for n in range(150_000)]
    whole = take(file("t.csv", "a,y\n" + "".join(rows)))
    for number, part in enumerate((rows[:50_001], rows[50_001:])):
        file(f"in/{number}.csv", "a,y\n" + "".join(part))
    parts = take(file("in/2.csv", "a,y\n").parent)
    assert parts.id == whole.id
    assert parts.read()["a"].tolist() == [row.split(",")[0] for row in rows]

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing

import pandas as pd
import pytest

from automl_tasks.errors import DataError, SourceError, SourceUnreachable
from automl_tasks.ingest import Connection
from automl_tasks.ingest.sql_values import to_batch


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop data.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE sales (day TEXT, code TEXT, price REAL, n INTEGER, y INT)")
        rows = [(f"2020-01-{n % 28 + 1:02d}", f"0{n}", n / 2, n, n % 2) for n in range(150)]
        connection.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("CREATE TABLE mixed AS SELECT 'a' AS m, 1 AS y UNION ALL SELECT 2, 0")
        connection.execute("CREATE TABLE no_rows (y INT)")
    return path


def test_table(take, database):
    snapshot = take({"url": f"sqlite:///{database}", "table": "sales"}, time="day")
    frame = snapshot.read()
    assert len(frame) == 150
    assert frame["code"].tolist()[:2] == ["00", "01"]
    assert frame["price"][3] == 1.5
    assert frame["day"][0] == pd.Timestamp("2020-01-01")
    assert snapshot.manifest.time_range == ("2020-01-01T00:00:00", "2020-01-28T00:00:00")
    assert snapshot.manifest.source == f"sqlite:///{str(database)[1:]} (table sales)"


def test_query_with_everything_that_looks_like_a_parameter(take, database):
    query = """
        -- the newest; not "DROP"
        WITH t AS (SELECT n, y, '12:30;%s %(x)s :x' AS label FROM sales WHERE n % 2 = 0)
        SELECT * FROM t ORDER BY n DESC;
    """
    frame = take({"url": f"sqlite:///{database}", "query": query}).read()
    assert frame["n"].tolist()[:2] == [148, 146]
    assert frame["label"][0] == "12:30;%s %(x)s :x"


def test_connection_id(take, database):
    lookups = []

    def lookup(name):
        lookups.append(name)
        return Connection("sqlite", host=str(database))

    take({"connection": "shop", "table": "sales"}, lookup=lookup)
    assert set(lookups) == {"shop"}


def test_many_chunks_whose_types_differ(take, database, monkeypatch):
    monkeypatch.setattr("automl_tasks.ingest.sql.rows_per_batch", lambda columns: 7)
    query = (
        "SELECT CASE WHEN n < 70 THEN NULL WHEN n < 100 THEN n ELSE n + .5 END AS v, y FROM sales"
    )
    frame = take({"url": f"sqlite:///{database}", "query": query}).read()
    assert frame["v"].tolist()[70:72] == [70.0, 71.0]
    assert frame["v"].tolist()[149] == 149.5
    assert frame["v"].isna().sum() == 70


def test_several_types_in_a_column_are_noted(take, database):
    snapshot = take({"url": f"sqlite:///{database}", "table": "mixed"})
    assert snapshot.read()["m"].tolist() == ["a", "2"]
    assert "column 'm': holds values of several types" in snapshot.manifest.notes[0]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM sales",
        "SELECT 1 AS y; DROP TABLE sales",
        "/* SELECT */ DROP TABLE sales",
        "",
        "-- nothing",
        "PRAGMA writable_schema=1",
    ],
)
def test_only_queries_are_run(take, database, snapshots, query):
    with pytest.raises(SourceError, match="must be one SELECT"):
        take({"url": f"sqlite:///{database}", "query": query})
    assert snapshots() == []


def test_the_connection_cannot_write(take, database):
    # SQLite accepts WITH … INSERT; only the read-only connection stops it.
    query = "WITH t AS (SELECT 1) INSERT INTO sales (y) SELECT 5 FROM t RETURNING y"
    with pytest.raises(SourceError, match="readonly database"):
        take({"url": f"sqlite:///{database}", "query": query})
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM sales").fetchone() == (150,)


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ({"table": "salse"}, SourceError, "no such table: salse.*Did you mean 'sales'"),
        ({"query": "SELECT nope FROM sales"}, SourceError, "no such column: nope"),
        ({"query": "SELECT FROM"}, SourceError, "the query fails: near"),
        ({"table": "no_rows"}, DataError, "no rows"),
        ({"query": "SELECT y, y FROM sales"}, SourceError, "'y' is named more than once"),
        ({"query": "SELECT n FROM sales"}, DataError, "column 'y', named in 'target'"),
    ],
)
def test_bad_queries(take, database, snapshots, source, error, message):
    with pytest.raises(error, match=message):
        take({"url": f"sqlite:///{database}", **source})
    assert snapshots() == []


@pytest.mark.parametrize(
    ("url", "error", "message"),
    [
        ("sqlite:///{}/nowhere.db", SourceError, "there is no database file"),
        ("postgresql://u:s3cret@127.0.0.1:1/shop", SourceUnreachable, "does not answer"),
        ("nosuchdb://u:s3cret@127.0.0.1/shop", SourceError, "no database kind 'nosuchdb'"),
        ("postgresql+nope://u:s3cret@h/shop", SourceError, "no database kind|not installed"),
        ("oracle://u:s3cret@h/shop", SourceError, "driver of 'oracle' is not installed"),
        ("u:s3cret@h", SourceError, "is not a SQLAlchemy URL"),
        ("postgresql://u:s3cret@h:port/shop", SourceError, "is not a SQLAlchemy URL"),
    ],
)
def test_bad_addresses_do_not_leak(take, tmp_path, snapshots, url, error, message):
    pytest.importorskip("psycopg2")
    with pytest.raises(error, match=message) as caught:
        take({"url": url.format(tmp_path), "table": "t"})
    shown = "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in shown.replace(url, "")
    assert snapshots() == []


def test_no_file_appears_for_a_database_that_is_missing(take, tmp_path):
    with pytest.raises(SourceError):
        take({"url": f"sqlite:///{tmp_path}/new.db", "table": "t"})
    assert not (tmp_path / "new.db").exists()


def test_secrets_of_a_connection_stay_out_of_the_manifest(take, database):
    lookup = {
        "shop": Connection("sqlite", str(database), None, "ann", "s3cret", None, {"k": "s3cret"})
    }
    snapshot = take({"connection": "shop", "table": "sales"}, lookup=lookup.__getitem__)
    text = (snapshot.folder / "manifest.json").read_text()
    assert "s3cret" not in text
    assert "ann" not in text


def test_values_of_drivers():
    import datetime as dt
    import uuid
    from decimal import Decimal

    zone = dt.timezone(dt.timedelta(hours=2))
    row = (
        True,
        Decimal("1.5"),
        dt.date(2020, 1, 2),
        dt.datetime(2020, 1, 2, 3, tzinfo=zone),
        dt.timedelta(seconds=90),
        b"\x01\xff",
        uuid.UUID(int=1),
        {"b": 1, "a": [2]},
        dt.time(3, 4),
        2**70,
        None,
    )
    mixed = set()
    batch = to_batch(list("abcdefghijk"), [row], mixed)
    assert batch.to_pylist() == [
        {
            "a": 1,
            "b": 1.5,
            "c": dt.datetime(2020, 1, 2),
            "d": dt.datetime(2020, 1, 2, 1),
            "e": 90.0,
            "f": "01ff",
            "g": "00000000-0000-0000-0000-000000000001",
            "h": '{"a": [2], "b": 1}',
            "i": "03:04:00",
            "j": str(2**70),
            "k": None,
        }
    ]
    assert mixed == {"j"}

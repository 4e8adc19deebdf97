from __future__ import annotations

import json

import pytest

from automl_tasks.errors import SourceError
from automl_tasks.ingest import Connection, environment_connection


@pytest.mark.parametrize(
    "text",
    [
        "postgres://an%40a:p%2Fw@db.example:5433/shop?sslmode=require",
        "postgres://an%40a:p%2Fw@db.example:5433/shop?__extra__=%7B%22sslmode%22%3A%22require%22%7D",
        json.dumps(
            {
                "conn_type": "postgres",
                "host": "db.example",
                "port": 5433,
                "login": "an@a",
                "password": "p/w",
                "schema": "shop",
                "extra": '{"sslmode": "require"}',
            }
        ),
    ],
)
def test_both_forms_of_airflow(monkeypatch, text):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_DB", text)
    connection = environment_connection("shop_db")
    assert connection == Connection(
        "postgres", "db.example", 5433, "an@a", "p/w", "shop", {"sslmode": "require"}
    )
    assert "p/w" not in repr(connection)


def test_unknown_id_is_named(monkeypatch):
    monkeypatch.delenv("AIRFLOW_CONN_NOPE", raising=False)
    with pytest.raises(SourceError, match=r"connection 'nope' is not defined.*AIRFLOW_CONN_NOPE"):
        environment_connection("nope")


@pytest.mark.parametrize("text", ['{"host": "x", "password": "s3cret', "s3cret", "x://h:s3cret@"])
def test_malformed_ones_do_not_leak(monkeypatch, text):
    monkeypatch.setenv("AIRFLOW_CONN_BAD", text)
    try:
        connection = environment_connection("bad")
    except SourceError as error:
        assert "s3cret" not in str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__
    else:
        assert "s3cret" not in repr(connection)

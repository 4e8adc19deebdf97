"""A query's or table's rows, streamed in chunks over a connection that cannot write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from automl_tasks.errors import SourceError
from automl_tasks.ingest.columns import named_columns
from automl_tasks.ingest.connections import ConnectionLookup
from automl_tasks.ingest.inputs import Input, rows_per_batch
from automl_tasks.ingest.sql_engine import connect_error, make_engine, query_error
from automl_tasks.ingest.sql_values import to_batch
from automl_tasks.problem import SqlSource

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["open_query", "sql_label"]

_QUOTED_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


def open_query(source: SqlSource, lookup: ConnectionLookup) -> Input:
    """Run the query; its rows are fetched while the batches are read.

    Raises
    ------
    SourceError
        Unknown database, table or driver, refused password, failing or writing query.
    SourceUnreachable
        The server does not answer.
    """
    if source.query is not None:
        _check_reads_only(source.query)
    engine, label = make_engine(source, lookup)
    notes: list[str] = []
    stream = _stream(source, engine, label, notes)
    columns = next(stream)
    return Input(label, columns, texts=False, batches=stream, notes=notes)


def sql_label(source: SqlSource, lookup: ConnectionLookup) -> str:
    """Address and table, without user, password or query text."""
    return make_engine(source, lookup)[1]


def _check_reads_only(query: str) -> None:
    bare = _QUOTED_OR_COMMENT.sub(" ", query).strip().rstrip(";").strip()
    words = bare.lstrip("( \n\t").split(None, 1)
    if not words or words[0].upper() not in ("SELECT", "WITH") or ";" in bare:
        raise SourceError(
            "the query must be one SELECT (or WITH … SELECT) statement",
            where="source.query",
            remedy="Nightshift only reads; put other statements into the database's own jobs",
        )


def _stream(source: SqlSource, engine: sa.Engine, label: str, notes: list[str]) -> Iterator[Any]:
    """Yield the column names, then batches."""
    try:
        with _connection(engine, label) as connection:
            result = _execute(connection, source, label)
            columns, more = named_columns(list(result.keys()), label)
            notes += more
            yield columns
            mixed: set[str] = set()
            while rows := _fetch(result, rows_per_batch(len(columns)), engine, label):
                yield to_batch(columns, rows, mixed)
            notes += [
                f"column {name!r}: holds values of several types, which are kept as text"
                for name in columns
                if name in mixed
            ]
    finally:
        engine.dispose()


@contextmanager
def _connection(engine: sa.Engine, label: str) -> Iterator[sa.Connection]:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        raise connect_error(error, engine, label) from None
    try:
        yield connection
        connection.rollback()
    finally:
        connection.close()


def _execute(connection: sa.Connection, source: SqlSource, label: str) -> sa.CursorResult[Any]:
    import sqlalchemy as sa

    if source.table is not None:
        schema, _, name = source.table.rpartition(".")
        table = sa.table(name, schema=schema or None)
        statement: sa.Executable = sa.select(sa.literal_column("*")).select_from(table)
    else:
        # exec_driver_sql would read % and text() :name as parameters; only the latter escapes.
        statement = sa.text((source.query or "").strip().rstrip(";").replace(":", r"\:"))
    try:
        return connection.execute(statement)
    except sa.exc.SQLAlchemyError as error:
        raise query_error(error, connection.engine, label, source.table) from None


def _fetch(
    result: sa.CursorResult[Any], size: int, engine: sa.Engine, label: str
) -> list[tuple[Any, ...]]:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return [tuple(row) for row in result.fetchmany(size)]
    except SQLAlchemyError as error:
        raise query_error(error, engine, label, None) from None

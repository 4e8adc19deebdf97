"""Read-only engines, and what their errors mean without the secrets they may quote."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_tasks.errors import NightshiftError, SourceError, SourceUnreachable
from automl_tasks.ingest.connections import Connection, ConnectionLookup
from automl_tasks.nearest import nearest
from automl_tasks.problem import SqlSource

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["connect_error", "make_engine", "query_error"]

_CONNECT_SECONDS = 10
_DIALECTS = {"mssql": "mssql+pymssql", "mysql": "mysql+pymysql"}
_REFUSED = re.compile(
    r"password authentication failed|access denied|login failed|no password supplied|pg_hba"
    r"|(database|role) .* does not exist|unknown database|authentication",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"closed the connection|connection reset|server has gone away|lost connection"
    r"|terminating connection|could not receive data",
    re.IGNORECASE,
)


def make_engine(source: SqlSource, lookup: ConnectionLookup) -> tuple[sa.Engine, str]:
    """An engine whose connections cannot write, and its address without secrets.

    Raises
    ------
    SourceError
        For a malformed URL, an unknown database kind or a driver that is not installed.
    """
    import sqlalchemy as sa

    url = _url(source, lookup)
    label = _label(url, source)
    try:
        if url.get_backend_name() == "sqlite":
            return sa.create_engine(_sqlite_read_only(url, label)), label
        engine = sa.create_engine(url, connect_args=_connect_arguments(url))
        options: dict[str, Any] = {"stream_results": True}
        if url.get_backend_name() == "postgresql":
            options["postgresql_readonly"] = True
        return engine.execution_options(**options), label
    except ImportError as error:
        raise SourceError(
            f"the driver of {url.drivername!r} is not installed ({error.name})",
            where=label,
            remedy="Install it in Nightshift's environment",
        ) from None
    except sa.exc.ArgumentError:
        raise SourceError(
            f"there is no database kind {url.drivername!r}",
            where=label,
            remedy="Use a SQLAlchemy URL, such as postgresql+psycopg2://… or sqlite:///file.db",
        ) from None


def connect_error(error: Exception, engine: sa.Engine, label: str) -> NightshiftError:
    """Tell a refusal, which stays, from a server that does not answer."""
    what = _message(error, engine)
    if engine.url.get_backend_name() == "sqlite" or _REFUSED.search(what):
        return SourceError(
            f"the database refuses the connection: {what}",
            where=label,
            remedy="Check user, password and database in source.url or the connection",
        )
    return SourceUnreachable(
        f"the database does not answer: {what}",
        where=label,
        remedy="Check host and port and whether the server runs; "
        "in Airflow the task tries again by itself",
    )


def query_error(
    error: Exception, engine: sa.Engine, label: str, table: str | None
) -> NightshiftError:
    """Tell a query that cannot work from a connection that was lost."""
    what = _message(error, engine)
    if _LOST.search(what):
        return SourceUnreachable(
            f"the connection was lost: {what}",
            where=label,
            remedy="Run it again; in Airflow the task does so by itself",
        )
    near = _nearest_table(engine, table) if table else None
    hint = f"Did you mean {near!r}?" if near else "Check source.table or source.query"
    return SourceError(f"the query fails: {what}", where=label, remedy=hint)


def _url(source: SqlSource, lookup: ConnectionLookup) -> sa.URL:
    import sqlalchemy as sa

    if source.connection is not None:
        return _with_driver(_connection_url(lookup(source.connection)))
    try:
        return _with_driver(sa.make_url(source.url or ""))
    except (sa.exc.ArgumentError, ValueError):
        raise SourceError(
            "is not a SQLAlchemy URL",
            where="source.url",
            remedy="Write dialect+driver://user:${PASSWORD}@host:port/database, with special "
            "characters of the password percent-encoded",
        ) from None


def _with_driver(url: sa.URL) -> sa.URL:
    """PostgreSQL's driver when the URL names none: the one that is installed."""
    if url.drivername not in ("postgresql", "postgres"):
        return url
    driver = "psycopg2" if find_spec("psycopg2") else "psycopg"
    return url.set(drivername=f"postgresql+{driver}")


def _connection_url(connection: Connection) -> sa.URL:
    import sqlalchemy as sa

    if connection.kind == "sqlite":  # Airflow keeps the file's path in host or schema
        path = connection.host or f"/{(connection.schema or '').lstrip('/')}"
        return sa.URL.create("sqlite", database=path)
    return sa.URL.create(
        _DIALECTS.get(connection.kind, connection.kind),
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={key: value for key, value in connection.extra.items() if isinstance(value, str)},
    )


def _label(url: sa.URL, source: SqlSource) -> str:
    host = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
    what = f"table {source.table}" if source.table else "query"
    return f"{url.get_backend_name()}://{host}/{(url.database or '').lstrip('/')} ({what})"


def _sqlite_read_only(url: sa.URL, label: str) -> sa.URL:
    """SQLite creates a file that is missing, unless it is opened by a read-only URI."""
    path = Path(url.database or "")
    if not path.is_file():
        raise SourceError(
            f"there is no database file {path}", where=label, remedy="Check source.url"
        )
    return url.set(
        database=f"file:{path.resolve().as_uri().removeprefix('file://')}",
        query={"mode": "ro", "uri": "true"},
    )


def _connect_arguments(url: sa.URL) -> dict[str, Any]:
    if url.get_driver_name() in ("psycopg2", "psycopg", "pymysql"):
        return {"connect_timeout": _CONNECT_SECONDS}
    return {}


def _message(error: Exception, engine: sa.Engine) -> str:
    """The database's own first line, with the password masked."""
    text = " ".join(str(getattr(error, "orig", None) or error).split("\n", 1)[0].split())
    password = engine.url.password
    return text.replace(str(password), "***") if password else text


def _nearest_table(engine: sa.Engine, table: str) -> str | None:
    import sqlalchemy as sa

    schema, _, name = table.rpartition(".")
    try:
        inspector = sa.inspect(engine)
        names = inspector.get_table_names(schema or None) + inspector.get_view_names(schema or None)
    except sa.exc.SQLAlchemyError:
        return None
    near = nearest(name, names)
    return f"{schema}.{near}" if near and schema else near

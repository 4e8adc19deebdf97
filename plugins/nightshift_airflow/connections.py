"""Airflow's connections, in the form that the library reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automl_tasks.ingest.connections import Connection

__all__ = ["airflow_connection"]


def airflow_connection(connection_id: str) -> Connection:
    """Look a connection up in Airflow (its database, environment or secrets backend).

    Raises
    ------
    SourceError
        When Airflow knows no such connection.
    """
    from airflow.sdk import Connection as AirflowConnection
    from airflow.sdk.exceptions import AirflowNotFoundException

    from automl_tasks.errors import SourceError
    from automl_tasks.ingest.connections import Connection

    try:
        found = AirflowConnection.get(connection_id)
    except AirflowNotFoundException as error:
        raise SourceError(
            f"Airflow has no connection {connection_id!r}",
            where="source.connection",
            remedy="Add it under Admin, Connections, "
            f"or set AIRFLOW_CONN_{connection_id.upper()} where Airflow starts",
        ) from error
    return Connection(
        kind=found.conn_type,
        host=found.host,
        port=found.port,
        login=found.login,
        password=found.password,
        schema=found.schema,
        extra=found.extra_dejson,
    )

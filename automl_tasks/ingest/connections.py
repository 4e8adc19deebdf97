"""Airflow connections without Airflow: the same environment variables, in both their forms."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from automl_tasks.errors import SourceError

__all__ = ["Connection", "ConnectionLookup", "environment_connection"]


@dataclass(frozen=True)
class Connection:
    """Address and credentials of a database or bucket.

    Attributes
    ----------
    kind
        Airflow's connection type: ``postgres``, ``mysql``, ``sqlite``, ``aws``.
    schema
        Name of the database.
    extra
        Everything else, such as ``region_name`` or ``endpoint_url``.
    """

    kind: str
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


ConnectionLookup = Callable[[str], Connection]


def environment_connection(connection_id: str) -> Connection:
    """Read ``AIRFLOW_CONN_<ID>`` in Airflow's URI or JSON form.

    Raises
    ------
    SourceError
        When the variable is not set or is neither form; its content is never quoted.
    """
    variable = f"AIRFLOW_CONN_{connection_id.upper()}"
    text = os.environ.get(variable, "").strip()
    if not text:
        raise SourceError(
            f"connection {connection_id!r} is not defined",
            where="source.connection",
            remedy=f"Set {variable}, or add the connection in Airflow",
        )
    try:
        return _from_json(text) if text.startswith("{") else _from_uri(text)
    except (ValueError, TypeError, AttributeError):
        # The parser's message may quote the secret, so it must not be chained.
        raise SourceError(
            f"connection {connection_id!r} is neither a URI nor JSON",
            where=variable,
            remedy="Write TYPE://login:password@host:port/schema, with special characters "
            'percent-encoded, or {"conn_type": …, "host": …}',
        ) from None


def _from_json(text: str) -> Connection:
    content = json.loads(text)
    extra = content.get("extra") or {}
    port = content.get("port")
    return Connection(
        kind=str(content["conn_type"] if "conn_type" in content else content.get("type", "")),
        host=content.get("host"),
        port=int(port) if port is not None else None,
        login=content.get("login"),
        password=content.get("password"),
        schema=content.get("schema"),
        extra=dict(json.loads(extra)) if isinstance(extra, str) else dict(extra),
    )


def _from_uri(text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "__extra__" in extra:
        extra = dict(json.loads(extra["__extra__"]))
    return Connection(
        kind=parts.scheme.replace("-", "_"),
        host=_decoded(parts.netloc.rpartition("@")[2].partition(":")[0]),
        port=parts.port,
        login=_decoded(parts.username),
        password=_decoded(parts.password),
        schema=_decoded(parts.path.removeprefix("/")),
        extra=extra,
    )


def _decoded(text: str | None) -> str | None:
    return unquote(text) if text else None

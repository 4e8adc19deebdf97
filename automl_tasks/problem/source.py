"""Where a problem's data are: files or a database."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = ["FileSource", "Source", "SqlSource", "Strict"]


class Strict(BaseModel):
    """A frozen mapping whose keys and kinds of values are exactly those named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileSource(Strict):
    """CSV or Parquet: a file, a folder, a glob, or any of them on S3."""

    path: str = Field(
        min_length=1,
        description="File, folder or glob, relative to the problem file; or s3://bucket/prefix. "
        "A folder or glob is read in the order of the file names",
    )
    format: Literal["csv", "parquet"] | None = Field(
        None,
        description="Default: from the file names (.csv, .tsv, .parquet; .gz, .zst)",
    )
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="Default: sniffed")
    encoding: str | None = Field(None, description="Default: UTF-8, else detected")
    connection: str | None = Field(
        None,
        description="Airflow connection id with the credentials; default: the AWS chain",
    )


class SqlSource(Strict):
    """A query or table, read in chunks on a read-only connection."""

    url: str | None = Field(
        None,
        description="SQLAlchemy URL; write passwords as ${VARIABLE}",
    )
    connection: str | None = Field(None, description="Airflow connection id, in place of url")
    query: str | None = Field(None, description="SELECT statement; ORDER BY where order matters")
    table: str | None = Field(None, description="Table (schema.table), in place of query")

    @model_validator(mode="after")
    def _one_of_each(self) -> SqlSource:
        if (self.url is None) == (self.connection is None):
            raise ValueError("give either url or connection")
        if (self.query is None) == (self.table is None):
            raise ValueError("give either query or table")
        return self


def _shorthand(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


def _source_kind(value: object) -> object:
    """Pick the source's model by its keys, so that an error speaks of one model, not of both."""
    value = _shorthand(value)
    if isinstance(value, dict):
        kind = SqlSource if {"url", "query", "table"} & set(value) else FileSource
        return kind.model_validate(value)
    if isinstance(value, FileSource | SqlSource):
        return value
    raise ValueError("should be a path, or a mapping with path, or with url and query or table")


Source = Annotated[FileSource | SqlSource, BeforeValidator(_source_kind)]

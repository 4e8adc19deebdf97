"""A problem's source as a stream of inputs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from automl_tasks.errors import SourceError
from automl_tasks.ingest.connections import ConnectionLookup
from automl_tasks.ingest.csv import open_csv
from automl_tasks.ingest.files import InputFile, file_format, find_files
from automl_tasks.ingest.inputs import Input
from automl_tasks.ingest.parquet import open_parquet
from automl_tasks.ingest.s3 import download_objects
from automl_tasks.ingest.sql import open_query, sql_label
from automl_tasks.problem import FileSource, Source, SqlSource

__all__ = ["open_inputs", "source_label"]


def open_inputs(source: Source, lookup: ConnectionLookup, folder: Path) -> Iterator[Input]:
    """Open one input after the other; `folder` takes what must be downloaded.

    Raises
    ------
    SourceError
        When the source is not as described.
    SourceUnreachable
        When a server does not answer.
    """
    if isinstance(source, SqlSource):
        yield open_query(source, lookup)
        return
    for file in _files(source, lookup, folder):
        parquet = (source.format or file_format(file)) == "parquet"
        yield open_parquet(file) if parquet else open_csv(file, source)


def source_label(source: Source, lookup: ConnectionLookup) -> str:
    """What a manifest says about the source: no user, password or query."""
    return sql_label(source, lookup) if isinstance(source, SqlSource) else source.path


def _files(source: FileSource, lookup: ConnectionLookup, folder: Path) -> Iterator[InputFile]:
    if source.path.startswith("s3://"):
        return download_objects(source, lookup, folder)
    if source.path.startswith(("http://", "https://")):
        raise SourceError(
            "files are not read from the web",
            where=source.path,
            remedy="Download it in a task of your own, and name the file or folder in source.path",
        )
    return iter(find_files(source.path.removeprefix("file://"), source.format))

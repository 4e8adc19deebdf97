"""Parquet files, read in batches; their types are believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from automl_tasks.errors import SourceError
from automl_tasks.ingest.columns import named_columns
from automl_tasks.ingest.files import InputFile
from automl_tasks.ingest.inputs import Input, rows_per_batch
from automl_tasks.ingest.types import simple_batch, usable_columns

__all__ = ["open_parquet"]


def open_parquet(file: InputFile) -> Input:
    """Open a Parquet file; columns of lists, structures and bytes are left out, with a note.

    Raises
    ------
    SourceError
        When it is no Parquet file, is damaged or names a column twice.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Closed by _batches, or with the interpreter when nobody reads it.
        content = pq.ParquetFile(file.path)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(file, error) from error
    schema = content.schema_arrow
    raw, more = named_columns(schema.names, file.name)
    kept, notes = usable_columns(schema, file.name)
    names = [raw[position] for position in kept]
    return Input(
        file.name,
        names,
        texts=False,
        batches=_batches(file, content, kept, names),
        notes=notes + more,
    )


def _batches(file: InputFile, content: Any, kept: list[int], names: list[str]) -> Iterator[Any]:
    import pyarrow as pa

    try:
        with content:
            for batch in content.iter_batches(batch_size=rows_per_batch(len(names))):
                yield simple_batch(batch.select(kept)).rename_columns(names)
    except (pa.ArrowInvalid, OSError) as error:
        raise _unreadable(file, error) from error


def _unreadable(file: InputFile, error: Exception) -> SourceError:
    what = " ".join(str(error).split())[:200]
    return SourceError(
        f"is not a Parquet file, or is damaged ({what})",
        where=file.name,
        remedy="Deliver it again, or name its format in source.format",
    )

"""Second pass: staged batches to one Parquet file whose bytes depend on the content alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl_tasks.ingest.casting import arrow_type, cast_column
from automl_tasks.ingest.inputs import rows_per_batch
from automl_tasks.ingest.kinds import Kind
from automl_tasks.ingest.staging import Staged

__all__ = ["write_parquet"]


def write_parquet(
    staged: Staged, kinds: dict[str, Kind], missing: frozenset[str], path: Path
) -> dict[str, int]:
    """Write the snapshot's data in row groups of a fixed size.

    Returns
    -------
    dict
        Number of missing values of each column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, arrow_type(kind)) for name, kind in kinds.items()])
    size = rows_per_batch(len(kinds))
    waiting = schema.empty_table()
    nulls = dict.fromkeys(kinds, 0)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in staged.batches():
            table = _cast(batch, kinds, missing, schema)
            for name in nulls:
                nulls[name] += table[name].null_count
            waiting = pa.concat_tables([waiting, table])
            while waiting.num_rows >= size:
                _write(writer, waiting.slice(0, size))
                waiting = waiting.slice(size)
        if waiting.num_rows:
            _write(writer, waiting)
    return nulls


def _cast(batch: Any, kinds: dict[str, Kind], missing: frozenset[str], schema: Any) -> Any:
    import pyarrow as pa

    arrays = [
        cast_column(array, kinds[name], missing)
        for name, array in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _write(writer: Any, table: Any) -> None:
    # Pages end where chunks end, and chunks end where the source's blocks happened to.
    writer.write_table(table.combine_chunks(), row_group_size=table.num_rows)

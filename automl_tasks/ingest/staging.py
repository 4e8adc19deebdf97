"""First pass: every input to temporary files on disk, while its columns' kinds are found.

A column's kind is known only after its last value, so the batches wait on disk as they came;
memory holds one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from automl_tasks.errors import DataError
from automl_tasks.ingest.columns import check_named_columns, check_same_columns
from automl_tasks.ingest.inputs import Input
from automl_tasks.ingest.kinds import ColumnTally
from automl_tasks.problem import Problem

__all__ = ["Staged", "missing_texts", "stage"]


def missing_texts(problem: Problem) -> frozenset[str]:
    """Texts that mean missing; an empty field always does."""
    return frozenset(problem.missing) | {""}


class Staged:
    """Inputs on disk, their columns' tallies and notes."""

    def __init__(self, folder: Path, columns: list[str], missing: frozenset[str]) -> None:
        self.columns = columns
        self.tallies = {name: ColumnTally(missing) for name in columns}
        self.notes: list[str] = []
        self.rows = 0
        self.inputs = 0
        self._folder = folder
        self._segments: list[Path] = []
        self._writer: Any = None
        self._schema: Any = None

    def add(self, batch: Any, source: Input, offset: int) -> None:
        """Count and store one batch; `offset` rows of its input came before."""
        for name, array in zip(self.columns, batch.columns, strict=True):
            self.tallies[name].add(array, texts=source.texts, where=source.name, offset=offset)
        self._write(batch)
        self.rows += batch.num_rows

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def batches(self) -> Iterator[Any]:
        """All batches in the order in which they came."""
        import pyarrow as pa

        for segment in self._segments:
            with pa.OSFile(str(segment)) as file, pa.ipc.open_stream(file) as reader:
                yield from reader

    def _write(self, batch: Any) -> None:
        import pyarrow as pa

        # One file holds one schema; a query's types may differ from chunk to chunk.
        if self._writer is None or self._schema != batch.schema:
            self.close()
            path = self._folder / f"segment-{len(self._segments):06d}.arrow"
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._segments.append(path)
            self._schema = batch.schema
            self._writer = pa.ipc.new_stream(str(path), batch.schema, options=options)
        self._writer.write_batch(batch)


def stage(inputs: Iterable[Input], problem: Problem, folder: Path) -> Staged:
    """Read all inputs once.

    Raises
    ------
    SourceError, DataError
        For what no snapshot can be made of: absent columns, columns that differ, no rows.
    """
    staged: Staged | None = None
    first = ""
    for source in inputs:
        if staged is None:
            check_named_columns(source.columns, problem, source.name)
            staged, first = Staged(folder, source.columns, missing_texts(problem)), source.name
        else:
            check_same_columns(source.columns, staged.columns, source.name, first)
        try:
            _read(source, staged)
        finally:
            staged.close()
    if staged is None or staged.rows == 0:
        raise DataError(
            "there are column names and no rows",
            where=first,
            remedy="Deliver rows, or correct the source",
        )
    return staged


def _read(source: Input, staged: Staged) -> None:
    offset = 0
    for batch in source.batches:
        ordered = batch if source.columns == staged.columns else batch.select(staged.columns)
        staged.add(ordered, source, offset)
        offset += batch.num_rows
    staged.inputs += 1
    staged.notes += source.notes
    if offset == 0:
        staged.notes.append(f"{source.name}: holds no rows")

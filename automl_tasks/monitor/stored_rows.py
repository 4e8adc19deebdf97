"""Rows of a snapshot, of which only what is asked for is in memory.

A check looks at samples, windows and single columns. Reading whole tables for them would need
several times the memory of the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from automl_tasks.ingest import Snapshot

__all__ = ["StoredRows"]


class StoredRows:
    """A snapshot, read in parts whose values and types are those of `Snapshot.read`.

    Attributes
    ----------
    names
        Its columns.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.names = snapshot.names

    def __len__(self) -> int:
        return self._snapshot.manifest.rows

    def columns(self, names: Sequence[str]) -> pd.DataFrame:
        """Some columns of all rows.

        Raises
        ------
        DataError
            When a column is not in the snapshot.
        """
        return self._snapshot.read(names)

    def parts(self, names: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Some columns, so many rows at a time as the file holds together."""
        for number, begin in enumerate(self._begins[:-1]):
            group = self._file.read_row_group(number, columns=list(names)).select(list(names))
            yield self._as_frame(group, range(begin, begin + len(group)))

    def take(
        self, positions: NDArray[np.int64], names: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Rows by position, in the order of the positions, which are the index.

        Parameters
        ----------
        names
            Columns that there are; default: all.
        """
        import pyarrow as pa

        wanted = list(self.names if names is None else names)
        order = np.argsort(positions, kind="stable")
        growing = np.asarray(positions, dtype=np.int64)[order]
        found = [self._file.schema_arrow.empty_table().select(wanted)]
        ends = np.searchsorted(growing, self._begins)
        for number, (low, high) in enumerate(pairwise(ends)):
            if high > low:
                group = self._file.read_row_group(number, columns=wanted).select(wanted)
                found.append(group.take(pa.array(growing[low:high] - self._begins[number])))
        frame = self._as_frame(pa.concat_tables(found), growing)
        return frame if (growing == positions).all() else frame.iloc[np.argsort(order)]

    def _as_frame(self, table: Any, positions: Sequence[int] | NDArray[np.int64]) -> pd.DataFrame:
        import pandas as pd

        frame: pd.DataFrame = table.to_pandas()
        # Not by methods that copy: this may be the largest table of a check.
        frame.index = pd.Index(positions)
        for name in self._with_gaps & set(frame):
            # A part may lack the nulls that make the whole column one of floats.
            frame[name] = frame[name].astype(float)
        return frame

    @cached_property
    def _file(self) -> Any:
        import pyarrow.parquet as pq

        return pq.ParquetFile(self._snapshot.data)

    @cached_property
    def _begins(self) -> list[int]:
        """First position of each row group, and the end of the last."""
        groups = self._file.metadata
        rows = [groups.row_group(number).num_rows for number in range(groups.num_row_groups)]
        return [0, *np.cumsum(rows, dtype=np.int64).tolist()]

    @cached_property
    def _with_gaps(self) -> set[str]:
        """Columns of integers of which some are missing."""
        integers = {each.name for each in self._snapshot.manifest.columns if each.type == "int"}
        groups = self._file.metadata
        return {
            name
            for at, name in enumerate(self._file.schema_arrow.names)
            if name in integers
            and any(
                groups.row_group(number).column(at).statistics.null_count
                for number in range(groups.num_row_groups)
            )
        }

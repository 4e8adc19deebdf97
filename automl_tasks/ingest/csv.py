"""CSV of any delimiter, encoding and compression, as a stream of text columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from automl_tasks.errors import SourceError
from automl_tasks.ingest.columns import named_columns
from automl_tasks.ingest.delimiter import choose_delimiter, header_fields
from automl_tasks.ingest.encoding import find_encoding, open_bytes, read_sample
from automl_tasks.ingest.files import InputFile
from automl_tasks.ingest.inputs import Input
from automl_tasks.problem import FileSource

__all__ = ["open_csv"]

_BLOCK = 8 << 20  # bytes read at once; a row must fit in


def open_csv(file: InputFile, source: FileSource) -> Input:
    """Open a CSV file with a header; fields stay texts.

    Raises
    ------
    SourceError
        For an empty, damaged or undecodable file, duplicate names and, while the batches are
        read, a row with too few or too many fields.
    """
    encoding, notes = find_encoding(file, source.encoding)
    sample = read_sample(file, encoding)
    if not sample.strip():
        raise SourceError(
            "the file is empty",
            where=file.name,
            remedy="Deliver it again, with a header and rows",
        )
    delimiter = choose_delimiter(sample, source.delimiter, file.name)
    if len(sample.strip().splitlines()) == 1:
        names, more = named_columns(header_fields(sample.strip(), delimiter), file.name)
        return Input(file.name, names, texts=True, batches=iter(()), notes=notes + more)
    raw = _header(file, encoding, delimiter)
    names, more = named_columns(raw, file.name)
    batches = _batches(file, encoding, delimiter, raw, names)
    return Input(file.name, names, texts=True, batches=batches, notes=notes + more)


def _header(file: InputFile, encoding: str, delimiter: str) -> list[str]:
    # The header alone, so that a ragged row in the first block is reported as such later.
    import pyarrow as pa
    from pyarrow import csv

    options = csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, invalid_row_handler=lambda _row: "skip"
    )
    try:
        with open_bytes(file) as stream:
            return list(csv.open_csv(stream, _read_options(encoding), options).schema.names)
    except pa.ArrowInvalid as error:
        raise _unreadable(file, error) from error


def _batches(
    file: InputFile, encoding: str, delimiter: str, raw: list[str], names: list[str]
) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow import csv

    ragged: list[Any] = []

    def refuse(row: Any) -> str:
        ragged.append(row)
        return "error"

    parse = csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
    )
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(raw, pa.string()), strings_can_be_null=False
    )
    try:
        with open_bytes(file) as stream:
            for batch in csv.open_csv(stream, _read_options(encoding), parse, convert):
                yield batch.rename_columns(names)
    except pa.ArrowInvalid as error:
        raise (
            _ragged(file, ragged[0], delimiter) if ragged else _unreadable(file, error)
        ) from error
    except OSError as error:
        raise _unreadable(file, error) from error


def _read_options(encoding: str) -> Any:
    from pyarrow import csv

    # Arrow skips a UTF-8 mark by itself; without threads it knows the number of a bad row.
    name = "utf8" if encoding in ("utf-8", "utf-8-sig") else encoding
    return csv.ReadOptions(use_threads=False, block_size=_BLOCK, encoding=name)


def _ragged(file: InputFile, row: Any, delimiter: str) -> SourceError:
    place = f"row {row.number - 1}" if row.number is not None else "a row"
    fields = "1 field" if row.actual_columns == 1 else f"{row.actual_columns} fields"
    return SourceError(
        f"{place} has {fields} where the header has {row.expected_columns}: {row.text[:80]!r}",
        where=file.name,
        remedy=f"Correct the row; a field that contains {delimiter!r} or a line break needs "
        "double quotes around it",
    )


def _unreadable(file: InputFile, error: Exception) -> SourceError:
    what = " ".join(str(error).split())[:200]
    if "straddling" in what:
        what = f"a row is longer than {_BLOCK >> 20} MB; probably a double quote is never closed"
    return SourceError(
        f"cannot be read as CSV ({what})",
        where=file.name,
        remedy="Check the file, source.delimiter and source.encoding",
    )

"""From a path, folder or glob to the ordered list of files to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from automl_tasks.errors import SourceError
from automl_tasks.nearest import nearest

__all__ = [
    "Format",
    "InputFile",
    "file_format",
    "find_files",
    "has_known_suffix",
    "is_glob",
    "unreadable",
]

Format = Literal["csv", "parquet"]
_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_COMPRESSIONS = (".gz", ".gzip", ".zst", ".zstd")


@dataclass(frozen=True)
class InputFile:
    """A local file and the name by which its owner knows it (an S3 address, say)."""

    path: Path
    name: str


def find_files(path: str, format_: Format | None = None) -> list[InputFile]:
    """List the files behind a path, in the order of their names.

    Hidden files, those that begin with ``_`` and, in a folder, those that are neither CSV nor
    Parquet are passed over.

    Raises
    ------
    SourceError
        When nothing is there, or nothing that can be read.
    """
    place = Path(path)
    if place.is_dir():
        found = sorted(entry for entry in place.iterdir() if _wanted(entry, format_))
        missing = "the folder holds no CSV or Parquet file"
    elif is_glob(path) and not place.exists():
        found = sorted(entry for entry in _matches(path) if entry.is_file())
        missing = "no file matches"
    else:
        found = [place] if place.exists() else []
        missing = "no such file"
    if not found:
        raise SourceError(missing, where=path, remedy=_remedy(place))
    return [InputFile(entry, str(entry)) for entry in found]


def is_glob(path: str) -> bool:
    return any(mark in path for mark in "*?[")


def has_known_suffix(name: str, format_: Format | None = None) -> bool:
    """Whether a name ends as CSV or Parquet files do (as `format_` does, when given)."""
    known = _FORMATS.get(_suffix(name))
    return known is not None and format_ in (None, known)


def file_format(file: InputFile) -> Format:
    """CSV or Parquet, from the name, else from the first bytes.

    Raises
    ------
    SourceError
        When it is a spreadsheet or cannot be read.
    """
    if _suffix(file.name) in _WORKBOOKS:
        raise SourceError(
            "is a spreadsheet", where=file.name, remedy="Save its table as CSV or Parquet"
        )
    known = _FORMATS.get(_suffix(file.name))
    if known:
        return known
    try:
        with file.path.open("rb") as content:
            return "parquet" if content.read(4) == b"PAR1" else "csv"
    except OSError as error:
        raise unreadable(file, error) from error


def unreadable(file: InputFile, error: OSError) -> SourceError:
    """The error for a file that the system does not let us read."""
    return SourceError(
        f"cannot be read ({error.strerror or error})",
        where=file.name,
        remedy="Check the path and the rights of the user that runs Nightshift",
    )


def _matches(pattern: str) -> list[Path]:
    parts = Path(pattern).parts
    fixed = next(position for position, part in enumerate(parts) if is_glob(part))
    try:
        return list(Path(*parts[:fixed]).glob(str(Path(*parts[fixed:]))))
    except (OSError, ValueError, re.error):
        return []  # such as '**' inside a name


def _wanted(entry: Path, format_: Format | None) -> bool:
    if entry.name.startswith((".", "_")) or not entry.is_file():
        return False
    return has_known_suffix(entry.name, format_)


def _suffix(name: str) -> str:
    path = PurePosixPath(name.lower())
    if path.suffix in _COMPRESSIONS:
        path = path.with_suffix("")
    return path.suffix


def _remedy(place: Path) -> str:
    folder = place if place.is_dir() else place.parent
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return f"There is no folder {folder}; check source.path"
    near = nearest(place.name, filter(has_known_suffix, names))
    if near:
        return f"Did you mean {folder / near}?"
    shown = ", ".join(names[:5]) or "nothing"
    return f"Check source.path; {folder} holds {shown}{' …' if len(names) > 5 else ''}"

"""Bytes of a CSV file: compression and text encoding, found from the bytes themselves."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

from automl_tasks.errors import SourceError
from automl_tasks.ingest.files import InputFile, unreadable

__all__ = ["find_encoding", "open_bytes", "read_sample"]

_CHUNK = 1 << 20
_SAMPLE = 1 << 16  # enough for a detector, and quick
_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))


def open_bytes(file: InputFile) -> Any:
    """A pyarrow input stream of the decompressed bytes."""
    import pyarrow as pa

    try:
        with file.path.open("rb") as content:
            head = content.read(4)
        compression = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
        return pa.input_stream(str(file.path), compression=compression)
    except OSError as error:
        raise unreadable(file, error) from error


def find_encoding(file: InputFile, given: str | None = None) -> tuple[str, list[str]]:
    """Encoding of a text file: given, by its byte order mark, UTF-8, else detected.

    The whole file is decoded once, so that a wrong byte late in it is found here.

    Returns
    -------
    encoding, notes

    Raises
    ------
    SourceError
        For an unknown encoding, undecodable bytes (with the line) and NUL bytes (with the line).
    """
    encoding = _given(file, given) if given else _by_mark(file)
    if given:
        _scan(file, encoding)
        return encoding, []
    try:
        _scan(file, encoding)
    except _Undecodable as error:
        detected = _detected(error.sample)
        if encoding != "utf-8" or detected is None:
            raise
        _scan(file, detected)
        note = f"{file.name}: read as {detected}, which was detected; source.encoding fixes it"
        return detected, [note]
    return encoding, []


def read_sample(file: InputFile, encoding: str, size: int = 1 << 18) -> str:
    """The first characters of a file, without a byte order mark."""
    with open_bytes(file) as stream:
        content = _read(file, stream, size)
    return codecs.getincrementaldecoder(encoding)("ignore").decode(content).removeprefix("\ufeff")


class _Undecodable(SourceError):
    sample = b""


def _given(file: InputFile, name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise SourceError(
            f"there is no encoding {name!r}",
            where=file.name,
            remedy="Use a Python codec name in source.encoding, such as utf-8, cp1252 or latin-1",
        ) from error


def _by_mark(file: InputFile) -> str:
    with open_bytes(file) as stream:
        head = _read(file, stream, 4)
    return next((name for mark, name in _BOMS if head.startswith(mark)), "utf-8")


def _scan(file: InputFile, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line, tail = 1, b""
    for chunk in _chunks(file):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            failure = _undecodable(file, encoding, line, error)
            failure.sample = tail + chunk[:_SAMPLE]
            if isinstance(error, UnicodeDecodeError):
                start = max(0, error.start - _SAMPLE // 2)
                failure.sample = error.object[start : start + _SAMPLE]
            raise failure from error
        if "\0" in text:
            line += text[: text.index("\0")].count("\n")
            raise SourceError(
                f"line {line} holds a NUL byte",
                where=file.name,
                remedy="The file is damaged, binary, or in an encoding to be named in "
                "source.encoding (such as utf-16-le)",
            )
        line += text.count("\n")
        tail = chunk[-8:]


def _undecodable(file: InputFile, encoding: str, line: int, error: UnicodeError) -> _Undecodable:
    if isinstance(error, UnicodeDecodeError):
        line += error.object[: error.start].count(b"\n")
    return _Undecodable(
        f"line {line} is not {encoding} text",
        where=file.name,
        remedy="Name the file's encoding in source.encoding, such as cp1252",
    )


def _chunks(file: InputFile) -> Iterator[bytes]:
    """Chunks of the file and a last, empty one."""
    with open_bytes(file) as stream:
        while chunk := _read(file, stream, _CHUNK):
            yield chunk
    yield b""


def _read(file: InputFile, stream: Any, size: int) -> bytes:
    try:
        return bytes(stream.read(size))
    except OSError as error:
        raise SourceError(
            f"is damaged: it cannot be decompressed or read ({error})",
            where=file.name,
            remedy="Deliver the file again",
        ) from error


def _detected(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return None if best is None else best.encoding

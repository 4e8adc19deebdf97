"""Objects of an S3 bucket (or of anything that speaks S3), downloaded one at a time."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_tasks.errors import NightshiftError, SourceError, SourceUnreachable
from automl_tasks.ingest.connections import Connection, ConnectionLookup
from automl_tasks.ingest.files import InputFile, has_known_suffix, is_glob
from automl_tasks.problem import FileSource

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["download_objects"]

_CONNECT_SECONDS = 5
_READ_SECONDS = 60
_TRANSIENT = re.compile(r"^5\d\d$|InternalError|ServiceUnavailable|SlowDown|Throttl|RequestTime")


def download_objects(
    source: FileSource, lookup: ConnectionLookup, folder: Path
) -> Iterator[InputFile]:
    """Download the objects behind ``s3://bucket/key``, a prefix or a glob, in order of keys.

    A file is deleted when the next one is asked for, so the disk holds one.

    Raises
    ------
    SourceError
        No such bucket or key, refused or missing credentials.
    SourceUnreachable
        The endpoint does not answer.
    """
    bucket, _, path = source.path.removeprefix("s3://").partition("/")
    connection = lookup(source.connection) if source.connection else None
    with _explained(source.path):
        client = _client(connection)
        keys = _keys(client, bucket, path, source)
    for position, key in enumerate(keys):
        target = folder / f"object-{position:06d}"
        with _explained(f"s3://{bucket}/{key}"):
            client.download_file(bucket, key, str(target))
        yield InputFile(target, f"s3://{bucket}/{key}")
        target.unlink()


def _client(connection: Connection | None) -> S3Client:
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"max_attempts": 2, "mode": "standard"},
    )
    # A session of its own: the default one keeps the first credentials that it found.
    options = _client_options(connection)
    client: S3Client = boto3.session.Session().client("s3", config=config, **options)
    return client


def _client_options(connection: Connection | None) -> dict[str, Any]:
    """Options of boto3; what the connection leaves out comes from the usual AWS chain."""
    if connection is None:
        return {}
    extra = connection.extra
    options = {
        "aws_access_key_id": connection.login or extra.get("aws_access_key_id"),
        "aws_secret_access_key": connection.password or extra.get("aws_secret_access_key"),
        "aws_session_token": extra.get("aws_session_token"),
        "region_name": extra.get("region_name"),
        "endpoint_url": extra.get("endpoint_url"),
    }
    return {name: value for name, value in options.items() if value}


def _keys(client: S3Client, bucket: str, path: str, source: FileSource) -> list[str]:
    literal = re.split(r"[*?\[]", path, maxsplit=1)[0]
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=literal)
    listed = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    if path in listed and not path.endswith("/"):
        return [path]
    if is_glob(path):
        keys = [key for key in listed if fnmatch.fnmatchcase(key, path)]
    else:
        prefix = f"{path.rstrip('/')}/" if path else ""
        keys = [key for key in listed if key.startswith(prefix)]
    keys = sorted(key for key in keys if _wanted(key, path, source))
    if not keys:
        shown = ", ".join(listed[:5])
        raise SourceError(
            "no such object, prefix or match",
            where=source.path,
            remedy=f"Check source.path; {f'there are {shown}' if shown else 'nothing begins so'}",
        )
    return keys


def _wanted(key: str, path: str, source: FileSource) -> bool:
    name = key.rpartition("/")[2]
    if not name or name.startswith((".", "_")):
        return False
    return is_glob(path) or has_known_suffix(name, source.format)


@contextmanager
def _explained(where: str) -> Iterator[None]:
    """Turn botocore's errors into ours; theirs may quote keys, so they are not chained."""
    from boto3.exceptions import Boto3Error
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        raise _refused(where, error.response) from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        raise SourceError(
            "no AWS credentials were found",
            where=where,
            remedy="Name an Airflow connection in source.connection, or set AWS_ACCESS_KEY_ID "
            "and AWS_SECRET_ACCESS_KEY",
        ) from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise SourceUnreachable(
            f"S3 does not answer ({type(error).__name__})",
            where=where,
            remedy="Check endpoint_url (or AWS_ENDPOINT_URL) and the network; "
            "the run tries again by itself",
        ) from None
    except (exceptions.BotoCoreError, Boto3Error, ValueError) as error:
        raise SourceError(
            f"S3 cannot be used as configured ({type(error).__name__})",
            where=where,
            remedy="Check the bucket's name, the region and endpoint_url",
        ) from None


def _refused(where: str, response: Any) -> NightshiftError:
    code = str(response.get("Error", {}).get("Code", "unknown"))
    status = str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    if _TRANSIENT.search(code) or _TRANSIENT.search(status):
        return SourceUnreachable(
            f"S3 answers {code}", where=where, remedy="The run tries again by itself"
        )
    what = {
        "NoSuchBucket": ("no such bucket", "Check the bucket in source.path"),
        "NoSuchKey": ("no such object", "Check source.path"),
        "404": ("no such object", "Check source.path"),
    }.get(code)
    if what is None:
        remedy = "Check the credentials, their rights to list and read the bucket, and the region"
        return SourceError(f"S3 refuses access ({code})", where=where, remedy=remedy)
    return SourceError(what[0], where=where, remedy=what[1])

from __future__ import annotations

import gzip
import urllib.request

import boto3
import pytest

from automl_tasks.errors import SourceError, SourceUnreachable
from automl_tasks.ingest import Connection

CREDENTIALS = {
    "aws_access_key_id": "AKIAEXAMPLE",
    "aws_secret_access_key": "s3cret",
    "region_name": "us-east-1",
}


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def client(server):
    client = boto3.client("s3", endpoint_url=server, **CREDENTIALS)
    client.create_bucket(Bucket="shop")
    for key, text in {
        "days/2.csv": "a,y\n20,2\n",
        "days/1.csv.gz": "a,y\n10,1\n",
        "days/_SUCCESS": "",
        "days/notes.md": "x",
        "days-old/0.csv": "a,y\n0,0\n",
        "ragged.csv": "a,y\n1\n",
    }.items():
        body = gzip.compress(text.encode()) if key.endswith(".gz") else text.encode()
        client.put_object(Bucket="shop", Key=key, Body=body)
    return client


@pytest.fixture
def lookup(server):
    def connection(name):
        return Connection(
            "aws",
            login=CREDENTIALS["aws_access_key_id"],
            password=CREDENTIALS["aws_secret_access_key"],
            extra={"endpoint_url": server, "region_name": "us-east-1"},
        )

    return connection


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("s3://shop/days/2.csv", [20]),
        ("s3://shop/days", [10, 20]),
        ("s3://shop/days/", [10, 20]),
        ("s3://shop/days*/[02].csv", [0, 20]),
    ],
)
def test_object_prefix_and_glob(take, client, lookup, path, values):
    snapshot = take({"path": path, "connection": "lake"}, lookup=lookup)
    assert snapshot.read()["a"].tolist() == values
    assert snapshot.manifest.source == path


def test_credentials_and_endpoint_of_the_environment(take, client, server, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    assert take("s3://shop/days/2.csv").read()["y"].tolist() == [2]


def test_messages_name_the_object_not_the_download(take, client, lookup, snapshots):
    with pytest.raises(SourceError, match=r"^s3://shop/ragged\.csv: row 1 has 1 field"):
        take({"path": "s3://shop/ragged.csv", "connection": "lake"}, lookup=lookup)
    assert snapshots() == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("s3://nobucket/x.csv", "s3://nobucket/x.csv: no such bucket"),
        ("s3://shop/days/9.csv", "no such object, prefix or match"),
        ("s3://shop/day", "no such object.*there are days"),
        ("s3://shop/zzz/*.csv", "nothing begins so"),
        ("s3://B@d_/x.csv", "cannot be used as configured|no such bucket|refuses"),
    ],
)
def test_nothing_there(take, client, lookup, snapshots, path, message):
    with pytest.raises(SourceError, match=message):
        take({"path": path, "connection": "lake"}, lookup=lookup)
    assert snapshots() == []


@pytest.fixture
def checking(server):
    """The server checks access keys, which it does not do otherwise."""

    def unchecked_calls(number):
        request = urllib.request.Request(
            f"{server}/moto-api/reset-auth", number, {"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(request).close()

    unchecked_calls(b"0")
    yield
    unchecked_calls(b"inf")


def test_refused_credentials(take, client, lookup, checking, snapshots):
    with pytest.raises(SourceError, match=r"S3 refuses access \(InvalidAccessKeyId\)") as caught:
        take({"path": "s3://shop/days", "connection": "lake"}, lookup=lookup)
    assert "s3cret" not in str(caught.value)
    assert snapshots() == []


def test_no_credentials(take, server, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    with pytest.raises(SourceError, match=r"no AWS credentials were found.*source\.connection"):
        take("s3://shop/days/2.csv")


def test_unreachable(take, snapshots):
    closed = Connection(
        "aws", login="a", password="s3cret", extra={"endpoint_url": "http://127.0.0.1:1"}
    )
    with pytest.raises(SourceUnreachable, match=r"S3 does not answer.*AWS_ENDPOINT_URL"):
        take({"path": "s3://shop/x.csv", "connection": "lake"}, lookup=lambda _: closed)
    assert snapshots() == []

import socket
from collections.abc import Iterator

import pytest

from automl_tasks.local.ports import free_port


@pytest.fixture(params=["127.0.0.1", "0.0.0.0"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.socket() as server:
        server.bind((request.param, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_is_kept() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert free_port(port) == port


def test_a_taken_port_gives_another_that_can_be_bound(taken: int) -> None:
    other = free_port(taken)
    assert other != taken
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", other))

import os
import sys
import time
from pathlib import Path

import pytest

from automl_tasks.errors import TerminalError
from automl_tasks.local.health import log_tail, wait_until_healthy
from automl_tasks.local.ports import free_port
from automl_tasks.local.processes import spawn, stop_processes
from automl_tasks.local.state import Services


def services(tmp_path: Path, code: str) -> Services:
    component = spawn("api-server", [sys.executable, "-c", code], os.environ, tmp_path)
    url = f"http://127.0.0.1:{free_port(1)}"
    return Services(url, url, "admin", "secret", (component,))


def test_a_component_that_ends_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    broken = services(tmp_path, "raise SystemExit('no such database')")
    begin = time.monotonic()
    with pytest.raises(TerminalError, match=r"api-server stopped while starting:\nno such data"):
        wait_until_healthy(broken, pause=0.05)
    assert time.monotonic() - begin < 20


def test_a_component_that_never_answers_is_named_too(tmp_path: Path) -> None:
    silent = services(tmp_path, "import time; time.sleep(60)")
    try:
        with pytest.raises(TerminalError, match="api-server is not ready after 0 s"):
            wait_until_healthy(silent, timeout=0.2, pause=0.05)
    finally:
        stop_processes(silent.components, grace=0.3)


def test_only_the_end_of_a_long_log_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {i}\n" for i in range(1000)))
    assert log_tail(log, lines=2) == "line 998\nline 999"

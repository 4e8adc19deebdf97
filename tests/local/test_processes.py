import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from automl_tasks.local.polling import wait_for
from automl_tasks.local.processes import is_alive, spawn, stop_processes
from automl_tasks.local.state import Component

# A parent that ignores TERM, with a child in a process group of its own, as a task has.
FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(60)"], process_group=0
)
print(child.pid, flush=True)
time.sleep(60)
"""


def start(tmp_path: Path, code: str, name: str = "part") -> Component:
    return spawn(name, [sys.executable, "-c", code], os.environ, tmp_path)


@pytest.fixture
def family(tmp_path: Path) -> tuple[Component, psutil.Process]:
    parent = start(tmp_path, FAMILY)
    text = wait_for(Path(parent.log).read_text, what="the child's pid", timeout=20, pause=0.05)
    return parent, psutil.Process(int(text))


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_the_whole_family_is_stopped_even_when_it_does_not_listen(family) -> None:
    parent, child = family
    assert is_alive(parent)
    stop_processes([parent], grace=0.3)
    assert not is_alive(parent)
    assert ended(child)


def test_what_a_killed_component_left_behind_is_stopped(family) -> None:
    parent, child = family
    os.kill(parent.pid, signal.SIGKILL)
    os.waitpid(parent.pid, 0)
    assert not ended(child)
    stop_processes([parent], grace=0.3)
    assert ended(child)


def test_a_process_that_got_the_pid_of_an_ended_component_is_left_alone(tmp_path: Path) -> None:
    stranger = start(tmp_path, "import time; time.sleep(60)")
    remembered = replace(stranger, created=stranger.created - 100)
    try:
        assert not is_alive(remembered)
        stop_processes([remembered], grace=0.3)
        assert is_alive(stranger)
    finally:
        stop_processes([stranger], grace=0.3)


def test_an_ended_process_is_not_alive_although_nobody_has_waited_for_it(tmp_path: Path) -> None:
    component = start(tmp_path, "")
    deadline = time.monotonic() + 20
    while is_alive(component) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(component)

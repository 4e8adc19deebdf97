"""Start a process so that exactly it, and all that descends from it, can be stopped later."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from automl_tasks.local.state import Component

__all__ = ["identify", "is_alive", "spawn", "stop_processes"]


def spawn(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> Component:
    """Start a command in a session of its own, its output appended to ``NAME.log`` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # It outlives this process on purpose; without this, Popen complains when it is collected.
    process.returncode = 0
    return identify(name, process.pid, log)


def identify(name: str, pid: int, log: Path) -> Component:
    """Name a running process; one that has ended already is never found alive."""
    try:
        created = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        created = 0.0
    return Component(name=name, pid=pid, created=created, log=str(log))


def is_alive(component: Component) -> bool:
    """Whether exactly this process runs; a reused pid or a zombie does not count."""
    process = _process(component)
    return process is not None and _runs(process)


def stop_processes(components: Iterable[Component], *, grace: float = 5.0) -> None:
    """Stop the components and everything that descends from them.

    Found are the children of what runs, and the members of the component's session: a task whose
    scheduler was killed has another parent by then, but is still in its session.

    Parameters
    ----------
    grace
        Seconds between the request to end and the kill.
    """
    components = list(components)
    leaders = [process for each in components if (process := _process(each))]
    family = _family(components)
    for process in leaders:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _wait(leaders, grace)
    # Asked again: a task may have forked in the meantime.
    family |= _family(components) | _with_children(family)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _wait(family, grace)


def _wait(processes: Iterable[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(map(_runs, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)


def _runs(process: psutil.Process) -> bool:
    """A zombie does not run; its parent may be an init that never collects it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _process(component: Component) -> psutil.Process | None:
    try:
        process = psutil.Process(component.pid)
        same = abs(process.create_time() - component.created) < 0.01
    except psutil.NoSuchProcess:
        return None
    return process if same else None


def _family(components: Iterable[Component]) -> set[psutil.Process]:
    sessions = {
        each.pid for each in components if _process(each) or not psutil.pid_exists(each.pid)
    }
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if os.getsid(process.pid) in sessions:
                members.append(process)
    return _with_children(members)


def _with_children(processes: Iterable[psutil.Process]) -> set[psutil.Process]:
    found: set[psutil.Process] = set()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found |= {process, *process.children(recursive=True)}
    return found

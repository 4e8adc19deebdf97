"""Children of searches, forked from a process that has loaded their libraries.

A search starts a process, and so does every measurement of quick models: their imports take two
seconds each, and the tests start about a hundred. As a script this is the process that forks.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from automl_tasks.search.process import ModelProcess, child_environment

__all__ = ["Nurseries"]

_REQUEST, _DIGITS = b"child", 20


class Nurseries:
    """One process that forks for each number of threads; they start when they are needed.

    Parameters
    ----------
    cold
        Starts a child as ``ModelProcess`` does, for environments that are not the usual one.
    """

    def __init__(self, cold: Callable[[ModelProcess], None]) -> None:
        self.cold, self._made = cold, dict[int, _Nursery]()

    def start(self, process: ModelProcess) -> None:
        """Stands in for ``ModelProcess._start``."""
        if sys.platform != "linux":  # where libraries may not survive a fork
            self.cold(process)
            return
        if process.threads not in self._made:
            self._made[process.threads] = _Nursery(child_environment(process.threads))
        nursery = self._made[process.threads]
        if nursery.environment != child_environment(process.threads):
            self.cold(process)
            return
        process.log.parent.mkdir(parents=True, exist_ok=True)
        with process.log.open("ab") as log:
            process._child = nursery.child(log)  # type: ignore[assignment]

    def close(self) -> None:
        for each in self._made.values():
            each.close()


class _Nursery:
    """The side of the tests."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno())],
                env=environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def child(self, log: IO[bytes]) -> _Child:
        """A new one, whose standard error is the log."""
        hears, asks = os.pipe()
        answered, answers = os.pipe()
        ended, ends = os.pipe()
        socket.send_fds(self._ours, [_REQUEST], [hears, answers, log.fileno(), ends])
        for theirs in (hears, answers, ends):
            os.close(theirs)
        return _Child(int(self._ours.recv(_DIGITS)), asks, answered, ended)

    def close(self) -> None:
        self._ours.close()
        self._process.wait()


class _Child:
    """What `ModelProcess` uses of a ``Popen``."""

    returncode: int | None = None

    def __init__(self, pid: int, asks: int, answered: int, ended: int) -> None:
        self.pid, self._ended = pid, ended
        self.stdin, self.stdout = os.fdopen(asks, "wb"), os.fdopen(answered, "rb")

    def wait(self) -> int:
        if self.returncode is None:
            with os.fdopen(self._ended, "rb") as ended:
                self.returncode = os.waitstatus_to_exitcode(int(ended.read(_DIGITS)))
        return self.returncode


def serve(requests: socket.socket) -> None:
    """Load the libraries once, then fork a child for each request until there are no more."""
    from automl_tasks.search.lean import import_libraries

    import_libraries()
    while True:
        said, files, _, _ = socket.recv_fds(requests, len(_REQUEST), 4)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG if said else 0)[0]:
                pass
        if not said:
            return
        _forked(_keep, requests, *files)
        for file in files:
            os.close(file)


def _forked(work: Callable[..., None], *given: Any) -> int:
    """Do the work in a process that ends with it; gives its id."""
    process = os.fork()
    if process:
        return process
    try:
        work(*given)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _keep(requests: socket.socket, hears: int, answers: int, log: int, ends: int) -> None:
    """Be the parent of one child, with which it dies, and tell how that ended."""
    child = _forked(_be_child, requests, hears, answers, log)
    for file in (hears, answers, log):
        os.close(file)
    os.write(ends, str(os.waitpid(child, 0)[1]).encode())


def _be_child(requests: socket.socket, hears: int, answers: int, log: int) -> None:
    """Be what the command would have started: in a group of its own, with these three files."""
    from automl_tasks.search import child

    os.setsid()
    for number, file in enumerate((hears, answers, log)):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0)  # noqa: SIM115
    sys.argv[1:] = [str(os.getppid())]
    requests.sendall(str(os.getpid()).encode())
    requests.close()
    child.main()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))

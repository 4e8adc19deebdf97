"""The parent's side of the child process: start it, ask it, and kill it at its limits."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from automl_tasks.search.ledger import FoldStatus
from automl_tasks.settings import STEP_MODULES

__all__ = ["ChildFailure", "ModelProcess", "child_environment"]

_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "LD_LIBRARY_PATH",
    STEP_MODULES,
)
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class ChildFailure(Exception):
    """A request did not end well.

    Attributes
    ----------
    status
        ``failed``, ``timeout`` or ``memory``, as a trial records it.
    """

    def __init__(self, status: FoldStatus, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


class ModelProcess:
    """One child process, reused from request to request; after a kill `start` starts the next.

    Parameters
    ----------
    threads
        That its libraries may use.
    memory_gb
        Resident memory at which it is killed.
    log
        File that takes what libraries print.
    """

    def __init__(self, *, threads: int, memory_gb: float, log: Path) -> None:
        self.threads, self._memory, self.log = threads, memory_gb * 2**30, log
        self._child: subprocess.Popen[bytes] | None = None
        self._received = b""
        self._limit = self._deadline = 0.0

    @property
    def running(self) -> bool:
        """Whether a child has been started and was not killed."""
        return self._child is not None

    @property
    def pipe(self) -> int:
        """File descriptor that becomes readable when an answer arrives."""
        child = self._child
        return child.stdout.fileno() if child and child.stdout else -1

    def start(self) -> None:
        """Start a child, at best before anything is known that it could be asked."""
        if self._child is None:
            self._received = b""
            self._start()

    def begin(self, request: dict[str, Any], *, limit: float) -> None:
        """Send one request; `poll` gives its result.

        Parameters
        ----------
        request
            ``do`` and its arguments.
        limit
            Wall-clock seconds that it may take from now.
        """
        self._limit, self._deadline = limit, time.monotonic() + limit
        try:
            if self._child and self._child.stdin:
                self._child.stdin.write(json.dumps(request).encode() + b"\n")
                self._child.stdin.flush()
        except BrokenPipeError:
            pass  # `poll` finds it dead and says why

    def poll(self) -> dict[str, Any] | None:
        """The result of the request if it is there; the limits are looked at.

        Raises
        ------
        ChildFailure
            When the child answered with an error, died, or was killed at a limit.
        """
        child = self._child
        if child is None:
            raise ChildFailure("failed", "the child process is not running")
        self._check_memory(child)
        while select.select([self.pipe], [], [], 0)[0]:
            part = os.read(self.pipe, 1 << 16)
            if not part:
                raise self._death(child)
            self._received += part
            if self._received.endswith(b"\n"):
                answer, self._received = json.loads(self._received), b""
                if not answer["ok"]:
                    raise ChildFailure(answer["status"], answer["reason"])
                return dict(answer["result"])
        if time.monotonic() > self._deadline:
            self.kill()
            raise ChildFailure("timeout", f"stopped after {self._limit:.1f} s, its time limit")
        return None

    def kill(self) -> None:
        """End the child's whole process group at once."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # -P: nothing in the working directory may stand in for a library.
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "automl_tasks.search.child", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=child_environment(self.threads),
                start_new_session=True,
            )

    def _check_memory(self, child: subprocess.Popen[bytes]) -> None:
        try:
            used = psutil.Process(child.pid).memory_info().rss
        except psutil.Error:
            return
        if used > self._memory:
            self.kill()
            allowed = self._memory / 2**30
            raise ChildFailure("memory", f"stopped at {used / 2**30:.2f} of {allowed:.2f} GB")

    def _death(self, child: subprocess.Popen[bytes]) -> ChildFailure:
        self.kill()
        code = child.returncode
        cause = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return ChildFailure("failed", f"the process died ({cause}); see {self.log}")


def child_environment(threads: int) -> dict[str, str]:
    """Environment of a child: an allow-list, so no password or token of the parent gets there."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    library = str(Path(__file__).resolve().parents[2])
    paths = [library, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONHASHSEED": "0",
        # Threads that spin while they wait slow each other down beside a scheduler and a server.
        "OMP_WAIT_POLICY": "PASSIVE",
        # Its own pool would keep what reading the table took.
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        **dict.fromkeys(_THREAD_VARIABLES, str(threads)),
    }

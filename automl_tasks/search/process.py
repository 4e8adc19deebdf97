"""The parent's side of the child process: start it, ask it, and kill it at its limits."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from automl_tasks.errors import SearchError
from automl_tasks.search.ledger import TrialStatus
from automl_tasks.settings import STEP_MODULES

__all__ = ["ChildFailure", "ModelProcess", "child_environment"]

_POLL_SECONDS = 0.1
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

    def __init__(self, status: TrialStatus, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


class ModelProcess:
    """One child process, reused from request to request; after a kill `open` starts the next.

    Parameters
    ----------
    opening
        Request that a fresh child gets first.
    threads
        That its libraries may use.
    memory_gb
        Resident memory at which it is killed.
    log
        File that takes what libraries print.
    on_tick
        Called about ten times a second while a request runs.
    """

    def __init__(
        self,
        opening: dict[str, Any],
        *,
        threads: int,
        memory_gb: float,
        log: Path,
        on_tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._opening, self._threads = opening, threads
        self._memory, self._log, self._on_tick = memory_gb * 2**30, log, on_tick
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ModelProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def ask(self, request: dict[str, Any], *, limit: float) -> dict[str, Any]:
        """Result of one request.

        Parameters
        ----------
        request
            ``do`` and its arguments, to a child that `open` has started.
        limit
            Wall-clock seconds.

        Raises
        ------
        ChildFailure
            When the child answers with an error, dies, or is killed at a limit.
        """
        return self._exchange(request, time.monotonic() + limit, limit)

    def open(self, *, limit: float) -> None:
        """Start a child if none runs, so that a request's own limit need not pay for it.

        Raises
        ------
        SearchError
            When it cannot load the table.
        """
        if self._child is not None:
            return
        self._start()
        try:
            self._exchange(self._opening, time.monotonic() + limit, limit)
        except ChildFailure as failure:
            raise SearchError(
                f"the process that fits models cannot start: {failure.reason}",
                where=str(self._log),
                remedy="Read that log; if memory is short, raise the budget's memory_gb",
            ) from failure

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
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            # -P: nothing in the working directory may stand in for a library.
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "automl_tasks.search.child", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=child_environment(self._threads),
                start_new_session=True,
            )

    def _exchange(self, request: dict[str, Any], deadline: float, limit: float) -> dict[str, Any]:
        child = self._child
        if child is None or child.stdin is None or child.stdout is None:
            raise ChildFailure("failed", "the child process is not running")
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise self._death(child) from None
        answer = json.loads(self._line(child, deadline, limit))
        if not answer["ok"]:
            raise ChildFailure(answer["status"], answer["reason"])
        return dict(answer["result"])

    def _line(self, child: subprocess.Popen[bytes], deadline: float, limit: float) -> bytes:
        """The answer, once it is there; the limits are looked at while waiting."""
        received = b""
        pipe = child.stdout.fileno() if child.stdout else -1
        while not received.endswith(b"\n"):
            self._on_tick()
            self._check_limits(child, deadline, limit)
            if not select.select([pipe], [], [], _POLL_SECONDS)[0]:
                continue
            part = os.read(pipe, 1 << 16)
            if not part:
                raise self._death(child)
            received += part
        return received

    def _check_limits(self, child: subprocess.Popen[bytes], deadline: float, limit: float) -> None:
        if time.monotonic() > deadline:
            self.kill()
            raise ChildFailure("timeout", f"stopped after {limit:.1f} s, its time limit")
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
        return ChildFailure("failed", f"the process died ({cause}); see {self._log}")


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
        **dict.fromkeys(_THREAD_VARIABLES, str(threads)),
    }

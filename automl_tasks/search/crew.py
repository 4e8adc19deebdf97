"""The child processes of one worker: each takes a request while another is at its own."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl_tasks.errors import SearchError
from automl_tasks.search.process import ChildFailure, ModelProcess

__all__ = ["Crew", "Done"]

_POLL_SECONDS = 0.1
_OPENING_SECONDS = 120.0


@dataclass(frozen=True)
class Done:
    """An ended request: its result, or why there is none."""

    job: Any
    result: dict[str, Any]
    failure: ChildFailure | None
    seconds: float


class _Lane:
    """One child with what it is doing."""

    def __init__(self, process: ModelProcess) -> None:
        self.process = process
        self.job: Any = None
        self.busy = self.opening = False
        self.waiting: dict[str, Any] | None = None
        self.since = self.until = 0.0


class Crew:
    """Child processes that share one machine's cores.

    They are started at once, so that they import their libraries while the plan is made.

    Parameters
    ----------
    size
        Number of children.
    threads
        That each child's libraries may use.
    memory_gb
        Resident memory at which a child is killed.
    log
        File that takes what libraries print.
    """

    def __init__(self, size: int, *, threads: int, memory_gb: float, log: Path) -> None:
        self.log = log
        self._lanes = [
            _Lane(ModelProcess(threads=threads, memory_gb=memory_gb, log=log)) for _ in range(size)
        ]
        self._opening: dict[str, Any] | None = None
        self.opening_seconds = 0.0
        for lane in self._lanes:
            lane.process.start()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for lane in self._lanes:
            lane.process.kill()

    def resize(self, size: int, threads: int) -> None:
        """Let children go that a plan does not want; later ones get its number of threads.

        Those that run already were told of all cores; what they train is told its own number.
        """
        for lane in self._lanes[size:]:
            lane.process.kill()
        self._lanes = self._lanes[:size]
        for lane in self._lanes:
            lane.process.threads = threads

    @property
    def size(self) -> int:
        return len(self._lanes)

    @property
    def busy(self) -> list[Any]:
        """Jobs under way."""
        return [lane.job for lane in self._lanes if lane.busy]

    @property
    def idle(self) -> bool:
        """Whether a child is free."""
        return any(not lane.busy for lane in self._lanes)

    def open(self, request: dict[str, Any]) -> None:
        """Have every child load its table now, and each later one before its first request."""
        if request == self._opening:
            return
        self._opening = request
        for lane in self._lanes:
            self._open(lane)
        while any(lane.opening for lane in self._lanes):
            self._wait()
            self._poll_openings()

    def begin(self, job: Any, request: dict[str, Any], *, limit: float) -> None:
        """Give a free child a request.

        Parameters
        ----------
        job
            What `wait` gives back with the result.
        limit
            Wall-clock seconds; the start of a fresh child is part of them.
        """
        lane = next(lane for lane in self._lanes if not lane.busy)
        lane.job, lane.busy, lane.waiting = job, True, request
        lane.since, lane.until = time.monotonic(), time.monotonic() + limit
        if not lane.process.running:
            self._open(lane)
        if not lane.opening:
            self._send(lane)

    def wait(self, on_tick: Callable[[], None] = lambda: None) -> list[Done]:
        """Requests that have ended; waits until there is one, unless no child is busy."""
        ended: list[Done] = []
        while self.busy and not ended:
            self._wait()
            on_tick()
            self._poll_openings()
            ended = [done for lane in self._lanes if (done := self._finished(lane)) is not None]
        return ended

    def _open(self, lane: _Lane) -> None:
        if self._opening is None:
            raise RuntimeError("the crew was not told which table to load")
        lane.process.start()
        lane.opening, lane.since = True, time.monotonic()
        lane.process.begin(self._opening, limit=_OPENING_SECONDS)

    def _poll_openings(self) -> None:
        for lane in self._lanes:
            if lane.opening and self._opened(lane):
                lane.opening = False
                self.opening_seconds = max(self.opening_seconds, time.monotonic() - lane.since)
                if lane.waiting:
                    self._send(lane)

    def _opened(self, lane: _Lane) -> bool:
        try:
            return lane.process.poll() is not None
        except ChildFailure as failure:
            raise SearchError(
                f"the process that fits models cannot start: {failure.reason}",
                where=str(self.log),
                remedy="Read that log; if memory is short, raise the budget's memory_gb",
            ) from failure

    def _send(self, lane: _Lane) -> None:
        if lane.waiting is not None:
            request, lane.waiting, lane.since = lane.waiting, None, time.monotonic()
            lane.process.begin(request, limit=lane.until - lane.since)

    def _finished(self, lane: _Lane) -> Done | None:
        if not lane.busy or lane.opening:
            return None
        failure, result = None, None
        try:
            result = lane.process.poll()
        except ChildFailure as caught:
            failure = caught
        if result is None and failure is None:
            return None
        lane.busy = False
        return Done(lane.job, result or {}, failure, time.monotonic() - lane.since)

    def _wait(self) -> None:
        pipes = [lane.process.pipe for lane in self._lanes if lane.process.running]
        select.select(pipes, [], [], _POLL_SECONDS)

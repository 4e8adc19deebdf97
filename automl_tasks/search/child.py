"""The process in which models are fitted: ``python -m automl_tasks.search.child PARENT_PID``.

It reads one JSON request a line and answers with one JSON line. Libraries that print do so to
standard error. It dies with its parent, so a killed search leaves nothing running.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_tasks.search.lean import free_memory, import_libraries

if TYPE_CHECKING:
    from automl_tasks.search.table import Table

__all__ = ["main"]

_PR_SET_PDEATHSIG = 1


class _Session:
    """What the child knows after the first request: the table of one run."""

    def __init__(self) -> None:
        self._table: Table | None = None

    def open(self, store: str, name: str, run: str) -> dict[str, Any]:
        from automl_tasks.search.table import load_table
        from automl_tasks.store import Store

        self._table = load_table(Store(Path(store)), name, run)
        return {"rows": len(self._table.frame)}

    def fold(self, **request: Any) -> dict[str, Any]:
        from automl_tasks.search.configurations import Configuration
        from automl_tasks.search.ledger import FoldRecord
        from automl_tasks.search.trial import run_fold

        request["configuration"] = Configuration.model_validate(request["configuration"])
        if request.get("repeats"):
            request["repeats"] = FoldRecord.model_validate(request["repeats"])
        return run_fold(self.table, **request).model_dump(mode="json")

    def refit(self, **request: Any) -> dict[str, Any]:
        from automl_tasks.search.configurations import Configuration
        from automl_tasks.search.refit import refit_member

        request["configuration"] = Configuration.model_validate(request["configuration"])
        request["folder"] = Path(request["folder"])
        return refit_member(self.table, **request)

    def student(self, **request: Any) -> dict[str, Any]:
        from automl_tasks.search.compression.student import train_student

        for name in ("folder", "labels"):
            request[name] = Path(request[name])
        return train_student(self.table, **request)

    def predict(self, folder: str) -> dict[str, Any]:
        from automl_tasks.search.refit import predict_holdout

        return predict_holdout(self.table, Path(folder))

    def shadows(self, store: str, folder: str, **request: Any) -> dict[str, Any]:
        from automl_tasks.search.shadow import compare_shadows
        from automl_tasks.store import Store

        return compare_shadows(Store(Path(store)), folder=Path(folder), **request)

    @property
    def table(self) -> Table:
        if self._table is None:
            raise RuntimeError("the first request must be 'open'")
        return self._table


def main() -> None:
    """Answer requests until standard input ends."""
    _die_with(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import_libraries()
    session = _Session()
    actions: dict[str, Callable[..., dict[str, Any]]] = {
        "open": session.open,
        "fold": session.fold,
        "refit": session.refit,
        "predict": session.predict,
        "student": session.student,
        "shadows": session.shadows,
    }
    for line in sys.stdin:
        request = json.loads(line)
        answer = _answer(actions[request.pop("do")], request)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        gc.collect()
        free_memory()


def _answer(action: Callable[..., dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": True, "result": action(**request)}
    except MemoryError:
        return {"ok": False, "status": "memory", "reason": "out of memory"}
    except Exception as error:  # whatever a library raises costs this trial only
        import traceback

        traceback.print_exc()
        return {"ok": False, "status": "failed", "reason": f"{type(error).__name__}: {error}"[:500]}


def _die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, however it dies."""
    if sys.platform != "linux":
        return  # there it ends with its standard input
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the request took effect
        sys.exit(1)


if __name__ == "__main__":
    main()

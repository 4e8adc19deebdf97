"""Start several commands of one package from one process that has imported what they share.

    python -P launcher.py '{"shared": […], "before": {…}, "commands": [{…}, …]}'

Every part of Airflow would otherwise spend seconds on the same imports. The scheduler gets the
libraries of the tasks, too, because it forks them: most would spend more time on importing pandas,
MLflow or Great Expectations than on their work. Nothing of ours is ever imported here, and this
file is run by its path, not as part of its package: so tasks always import our current code.

The process ids are printed as a JSON list; then this process waits for the end of its input, so
that whoever started it has noted them before their parent is gone.
"""

import contextlib
import importlib
import json
import os
import runpy
import sys
from typing import Any


def main() -> None:
    """Import, run what comes before, fork the commands, report."""
    plan = json.loads(sys.argv[1])
    _import(plan["shared"])
    if plan["before"]:
        pid = os.fork()
        if not pid:
            return _become(plan["before"])
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status:
            raise SystemExit(1)
    pids = []
    for command in plan["commands"]:
        pid = os.fork()
        if not pid:
            os.setsid()
            return _become(command)
        pids.append(pid)
    print(json.dumps(pids), flush=True)
    sys.stdin.read()
    return None


def _become(command: dict[str, Any]) -> None:
    """Go on as ``python -m`` with these arguments; input is empty, output goes to the log."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(command["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    _import(command["libraries"])
    sys.argv = list(command["arguments"])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _import(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


if __name__ == "__main__":
    main()

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automl_tasks.local import launcher
from automl_tasks.local.polling import wait_for

PROBE = """
import json, os, sys
print(json.dumps({
    "arguments": sys.argv[1:],
    "colorsys": "colorsys" in sys.modules,
    "wave": "wave" in sys.modules,
    "ours": [name for name in sys.modules if name.startswith("automl_tasks")],
    "leads its session": os.getsid(0) == os.getpid(),
    "input": sys.stdin.read(),
    "name": __name__,
}), flush=True)
sys.exit(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
"""


@pytest.fixture
def launch(tmp_path: Path):
    """Run the launcher on the module `probe`; returns its exit status and what it printed."""
    (tmp_path / "probe.py").write_text(PROBE)

    def command(name: str, *arguments: str, libraries: tuple[str, ...] = ()) -> dict[str, Any]:
        return {
            "arguments": ["probe", *arguments],
            "log": str(tmp_path / f"{name}.log"),
            "libraries": libraries,
        }

    def run(before: dict[str, Any] | None, *commands: dict[str, Any]) -> tuple[int, list[int]]:
        plan = {"shared": ["colorsys", "no_such_module"], "before": before, "commands": commands}
        done = subprocess.run(
            [sys.executable, "-P", launcher.__file__, json.dumps(plan)],
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout) if done.stdout else []

    run.command = command
    return run


def said(tmp_path: Path, name: str) -> dict[str, Any]:
    log = tmp_path / f"{name}.log"
    text = wait_for(lambda: log.exists() and log.read_text(), what=name, timeout=20, pause=0.05)
    return dict(json.loads(text))


def test_each_command_runs_as_a_program_of_its_own(launch, tmp_path: Path) -> None:
    commands = [
        launch.command("one", "first"),
        launch.command("two", "second", libraries=("wave",)),
    ]
    status, pids = launch(None, *commands)
    assert (status, len(pids)) == (0, 2)
    common = {
        "colorsys": True,
        "ours": [],
        "leads its session": True,
        "input": "",
        "name": "__main__",
    }
    assert said(tmp_path, "one") == common | {"arguments": ["first"], "wave": False}
    assert said(tmp_path, "two") == common | {"arguments": ["second"], "wave": True}


def test_nothing_is_started_when_what_comes_before_fails(launch, tmp_path: Path) -> None:
    status, pids = launch(launch.command("before", "x", "3"), launch.command("one", "first"))
    assert status != 0
    assert pids == []
    assert said(tmp_path, "before")["arguments"] == ["x", "3"]
    assert not (tmp_path / "one.log").exists()


def test_what_comes_before_is_over_when_the_commands_start(launch, tmp_path: Path) -> None:
    status, pids = launch(launch.command("before", "x"), launch.command("one", "first"))
    assert (status, len(pids)) == (0, 1)
    assert (tmp_path / "before.log").read_text()

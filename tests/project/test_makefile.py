"""The first command in a fresh clone: which Python it takes, and what it says without one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STUB = "import sys\nprint('environment', *sys.argv[1:], 'with', sys.argv[0])\n"


@pytest.fixture
def clone(root: Path, tmp_path: Path) -> Path:
    """A checkout in a folder with a space, whose installation only says that it ran."""
    clone = tmp_path / "a clone"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(root / "Makefile", clone)
    (clone / ".ci" / "environment.py").write_text(STUB)
    return clone


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def make(clone: Path, *arguments: str, path: Path | None = None) -> tuple[int, str, str]:
    tools = "/usr/bin:/bin"
    environment = os.environ | {"PATH": f"{path}:{tools}" if path else tools}
    answer = subprocess.run(
        ["make", *arguments],
        cwd=clone,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, answer.stdout, answer.stderr


def test_help_is_the_default_and_lists_what_is_there(clone: Path) -> None:
    code, out, _ = make(clone)
    assert code == 0
    named = re.findall(r"^  make (\S+) +\S", out, re.MULTILINE)
    assert {"setup", "demo", "up", "down", "test", "lint", "format", "lock", "clean"} <= set(named)
    phony = re.search(r"^\.PHONY: (.+)$", (clone / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert set(named) <= set(phony[1].split())


def test_a_python_that_does_not_run_is_passed_over(clone: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin", "python3.13", "echo 'pyenv: command not found' >&2; exit 127")
    program(tmp_path / "bin", "python3.12", "echo chosen")
    code, out, err = make(clone, "setup", path=tmp_path / "bin")
    assert (code, out, err) == (0, "chosen\n", "")


@pytest.mark.parametrize("given", ["old python", "missing"])
def test_an_unsupported_python_gets_one_clear_line(clone: Path, tmp_path: Path, given: str) -> None:
    program(tmp_path / "bin", "old python", "exit 1")
    code, out, err = make(clone, "setup", f"PYTHON={tmp_path}/bin/{given}")
    lines = [line for line in err.splitlines() if not line.startswith("make")]
    assert code != 0
    assert lines == [
        f"Nightshift needs Python 3.11, 3.12 or 3.13 with venv; {tmp_path}/bin/{given} is none"
    ]
    assert out == ""


def test_a_python_in_a_folder_with_a_space_works(clone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my python"
    program(folder, "python", f'exec "{sys.executable}" "$@"')
    code, out, _ = make(clone, "setup", f"PYTHON={folder}/python")
    assert (code, out) == (0, "environment with .ci/environment.py\n")


def test_ci_runs_what_the_readme_names(root: Path) -> None:
    script = (root / ".ci" / "run").read_text()
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert "exec make test" in script
    assert "    make test " in (root / "README.md").read_text()
    assert os.access(root / ".ci" / "run", os.X_OK)

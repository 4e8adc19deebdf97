"""The installer of .venv: it works once, again after a change, and in each folder for itself."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def installer(root: Path, tmp_path: Path) -> ModuleType:
    """A copy of the installer in a project of its own, which notes what it would run."""
    project = tmp_path / "a project"
    (project / ".ci").mkdir(parents=True)
    shutil.copy(root / ".ci" / "environment.py", project / ".ci")
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        (project / name).write_text("first\n")
    path = project / ".ci" / "environment.py"
    spec = importlib.util.spec_from_file_location("environment_under_test", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.commands = []

    def run(*command: str) -> None:
        module.commands.append(command)
        if "venv" in command:
            module.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            module.PYTHON.unlink(missing_ok=True)
            module.PYTHON.touch()
            (module.VENV / "pyvenv.cfg").write_text("version = {}.{}.7\n".format(*module.version()))

    module.run = run
    module.attempt = lambda command: True
    return module


def ran(installer: ModuleType, kind: str) -> list[str]:
    """What one call ran, in a word each."""
    installer.commands.clear()
    installer.main(kind)
    words = {"venv": "venv", "-r": "lock", "--editable": "project"}
    return [
        next(words[word] for word in command if word in words) for command in installer.commands
    ]


def test_the_second_time_does_nothing(installer: ModuleType) -> None:
    assert ran(installer, "run") == ["venv", "lock", "project"]
    assert ran(installer, "run") == []


def test_the_tests_need_more_in_the_same_venv(installer: ModuleType) -> None:
    ran(installer, "run")
    assert ran(installer, "dev") == ["lock", "lock", "project"]
    assert ran(installer, "run") == []


def test_a_changed_lock_is_installed_again(installer: ModuleType) -> None:
    ran(installer, "run")
    (installer.ROOT / "requirements.txt").write_text("second\n")
    assert ran(installer, "run") == ["lock", "project"]


def test_an_interrupted_installation_goes_on(
    installer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(installer, "install", lambda kind: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            installer.main("run")
    assert ran(installer, "run") == ["lock", "project"]


def test_a_moved_checkout_makes_its_venv_anew(installer: ModuleType) -> None:
    ran(installer, "run")
    (installer.VENV / ".made-in").write_text("/somewhere/else")
    (installer.VENV / ".installed-run").write_text("of somewhere else")
    assert ran(installer, "run") == ["venv", "lock", "project"]


def test_a_venv_whose_python_is_gone_is_made_anew(installer: ModuleType) -> None:
    ran(installer, "run")
    installer.PYTHON.unlink()
    installer.PYTHON.symlink_to("/nowhere/python3")
    assert ran(installer, "run") == ["venv", "lock", "project"]


def test_another_python_that_is_named_gets_a_venv_of_its_own(
    installer: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "version", lambda: (3, 11))
    ran(installer, "run")
    monkeypatch.setattr(installer, "version", lambda: (3, 13))
    assert ran(installer, "run") == []
    monkeypatch.setenv("PYTHON", "python3.13")
    assert ran(installer, "run") == ["venv", "lock", "project"]
    assert ran(installer, "run") == []

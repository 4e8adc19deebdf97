import json
import sys
from pathlib import Path

import pytest

from automl_tasks.deliver.code import staged_code
from automl_tasks.errors import PackageError


def package_with(folder, *classes):
    (folder / "steps").mkdir(parents=True)
    steps = [{"kind": "custom", "class": name, "state": {}} for name in classes]
    (folder / "steps" / "a.json").write_text(json.dumps([{"kind": "read", "columns": {}}, *steps]))
    return folder


@pytest.fixture
def owner_modules(tmp_path, monkeypatch):
    """`own_steps/area.py` and `own_alone.py` on the path, as an owner puts them there."""
    source = tmp_path / "own"
    (source / "own_steps" / "__pycache__").mkdir(parents=True)
    (source / "own_steps" / "__init__.py").write_text("")
    (source / "own_steps" / "area.py").write_text("class Area: ...")
    (source / "own_steps" / "other.py").write_text("class Other: ...")
    (source / "own_alone.py").write_text("class Alone: ...")
    monkeypatch.syspath_prepend(str(source))
    yield
    for name in [name for name in sys.modules if name.startswith("own_")]:
        del sys.modules[name]


def test_serve_travels_alone(tmp_path):
    with staged_code(package_with(tmp_path / "package")) as [path]:
        top = Path(path)
        assert top.name == "automl_tasks"
        assert {each.name for each in top.iterdir()} == {"__init__.py", "serve"}
        assert not list(top.rglob("__pycache__"))
        assert (top / "serve" / "mlflow_loader.py").exists()
    assert not top.exists()


def test_an_owners_modules_travel_with_it_and_their_neighbours_stay(tmp_path, owner_modules):
    package = package_with(tmp_path / "package", "own_steps.area.Area", "own_alone.Alone")
    with staged_code(package) as paths:
        root = Path(paths[0]).parent
        found = {str(path.relative_to(root)) for path in root.rglob("own_*/*.py")}
        assert found == {"own_steps/__init__.py", "own_steps/area.py"}
        assert (root / "own_alone.py").exists()


def test_a_module_that_is_gone_is_named(tmp_path):
    package = package_with(tmp_path / "package", "own_gone.Area")
    with (
        pytest.raises(PackageError, match="module 'own_gone' of a feature step"),
        staged_code(package),
    ):
        pass

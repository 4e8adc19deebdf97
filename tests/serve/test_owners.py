import sys

import pytest

from automl_tasks.serve import BadPackage
from automl_tasks.serve.owners import check_owner_steps


def pipeline(name):
    return [{"kind": "read", "columns": {}}, {"kind": "custom", "class": name, "state": {}}]


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "data" / "package"
    folder.mkdir(parents=True)
    (tmp_path / "code" / "own").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "name", ["os.system", "subprocess.Popen", "own.area.Area", "builtins.eval", "eval", ".x", ""]
)
def test_a_module_that_is_neither_allowed_nor_part_of_the_model_is_refused(package, name):
    with pytest.raises(BadPackage, match="of no module that steps may name"):
        check_owner_steps(package, [pipeline(name)])


def test_a_module_of_the_model_is_accepted_and_not_imported(package):
    (package.parent.parent / "code" / "own" / "area.py").write_text("raise SystemExit")
    check_owner_steps(package, [pipeline("own.area.Area")])
    assert "own" not in sys.modules


def test_an_allowed_module_is_accepted(package, monkeypatch):
    check_owner_steps(package, [pipeline("nightshift_steps.area.Area")])
    monkeypatch.setenv("NIGHTSHIFT_STEP_MODULES", "own, other")
    check_owner_steps(package, [pipeline("own.area.Area")])
    with pytest.raises(BadPackage, match=r"nightshift_steps\.area\.Area"):
        check_owner_steps(package, [pipeline("nightshift_steps.area.Area")])
    with pytest.raises(BadPackage, match=r"owner\.Area"):
        check_owner_steps(package, [pipeline("owner.Area")])


def test_a_file_beside_the_code_cannot_stand_for_a_standard_module(package):
    (package.parent.parent / "code" / "os.py").write_text("")
    with pytest.raises(BadPackage, match=r"os\.system"):
        check_owner_steps(package, [pipeline("os.system")])


@pytest.mark.parametrize("name", ["../data/x.Area", "own/../../x.Area", "..own.Area"])
def test_names_are_no_paths(package, name):
    with pytest.raises(BadPackage, match="of no module"):
        check_owner_steps(package, [pipeline(name)])

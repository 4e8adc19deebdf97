import json
import os

import pytest

from automl_tasks.serve import BadPackage
from automl_tasks.serve.seal import SEAL, verify_beside, verify_seal, write_seal


@pytest.fixture
def model(tmp_path):
    (tmp_path / "data" / "package").mkdir(parents=True)
    (tmp_path / "code" / "owner").mkdir(parents=True)
    (tmp_path / "MLmodel").write_text("flavors: {}")
    (tmp_path / "code" / "owner" / "step.py").write_text("")
    (tmp_path / "data" / "package" / "model.json").write_text("{}")
    return tmp_path


@pytest.fixture
def digest(model):
    return write_seal(model, problem="homes", run="one")


def test_an_untouched_model_says_whose_it_is(model, digest):
    seal = verify_seal(model, digest=digest)
    assert (seal["problem"], seal["run"]) == ("homes", "one")
    assert sorted(seal["files"]) == ["MLmodel", "code/owner/step.py", "data/package/model.json"]


@pytest.mark.parametrize("name", ["MLmodel", "code/owner/step.py", "data/package/model.json"])
def test_an_altered_file_is_named(model, digest, name):
    (model / name).write_text("changed")
    with pytest.raises(BadPackage, match=f"'{name}' was altered"):
        verify_seal(model, digest=digest)


def test_a_seal_that_was_written_again_is_not_the_registered_one(model, digest):
    (model / "MLmodel").write_text("changed")
    assert write_seal(model, problem="homes", run="one") != digest
    with pytest.raises(BadPackage, match="is not the one that was registered"):
        verify_seal(model, digest=digest)


def test_only_what_mlflow_itself_adds_may_come_later(model, digest):
    (model / "registered_model_meta").write_text("model_name: homes")
    verify_seal(model, digest=digest)
    (model / "code" / "numpy.py").write_text("")
    with pytest.raises(BadPackage, match=r"'code/numpy.py' is not in the seal"):
        verify_seal(model, digest=digest)


def test_compiled_files_are_overlooked_only_where_the_code_runs_already(model, digest):
    cache = model / "code" / "owner" / "__pycache__"
    cache.mkdir()
    (cache / "step.pyc").write_bytes(b"")
    verify_seal(model, caches=True)
    with pytest.raises(BadPackage, match=r"step.pyc' is not in the seal"):
        verify_seal(model)


def test_links_and_pipes_are_refused(model, digest):
    os.mkfifo(model / "pipe")
    with pytest.raises(BadPackage, match="'pipe' is no plain file"):
        verify_seal(model)
    (model / "pipe").unlink()
    (model / SEAL).rename(model.parent / "seal")
    (model / SEAL).symlink_to(model.parent / "seal")
    with pytest.raises(BadPackage, match=r"'seal.json' is a link"):
        verify_seal(model)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname"])
def test_names_that_leave_the_folder_are_no_files_of_it(model, digest, name):
    seal = json.loads((model / SEAL).read_text())
    seal["files"][name] = {"sha256": "", "size": 0}
    (model / SEAL).write_text(json.dumps(seal))
    with pytest.raises(BadPackage, match=f"'{name}' is missing"):
        verify_seal(model)


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"format": NaN, "files": {}}', "\xff", "1" * 9999]
)
def test_what_is_no_seal_is_refused(model, text):
    (model / SEAL).write_text(text, encoding="latin-1")
    with pytest.raises(BadPackage, match="cannot be read"):
        verify_seal(model)


def test_a_package_within_a_model_is_verified_with_it(model):
    package = model / "data" / "package"
    verify_beside(package)  # of an older version: no seal, nothing to say
    write_seal(model, problem="homes", run="one")
    verify_beside(package)
    (model / "MLmodel").write_text("changed")
    with pytest.raises(BadPackage, match="'MLmodel' was altered"):
        verify_beside(package)


def test_where_a_key_is_configured_a_model_must_have_a_seal(model, monkeypatch):
    monkeypatch.setenv("NIGHTSHIFT_SIGNING_KEY", "0123456789abcdef0123456789abcdef")
    with pytest.raises(BadPackage, match=r"no seal.json"):
        verify_beside(model / "data" / "package")
    write_seal(model, problem="homes", run="one")
    verify_beside(model / "data" / "package")

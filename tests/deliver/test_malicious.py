"""Models that somebody altered where MLflow keeps them: refused, and nothing of them is run."""

import hashlib
import json
import pickle
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import mlflow
import numpy as np
import pytest

from automl_tasks.deliver import build_package, champion, load_version, promote, register
from automl_tasks.deliver.registry import registry
from automl_tasks.errors import PackageError
from automl_tasks.serve import BadPackage
from automl_tasks.serve.fetch import fetch
from automl_tasks.serve.manifest import MANIFEST

SECRET = "a secret of more than thirty-two characters"


class Touch:
    """A pickle that leaves a file behind when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def found(uri, problem):
    """A version's files as MLflow keeps them."""
    with registry() as client:
        version = client.get_model_version(problem.name, uri.rpartition("/")[2])
        folder = Path(mlflow.artifacts.download_artifacts(version.source))
    return SimpleNamespace(
        uri=uri, problem=problem, folder=folder, package=next((folder / "data").iterdir())
    )


@pytest.fixture
def model(pair_template, tmp_path):
    """A registered version whose files the test may alter."""
    model = found(f"models:/{pair_template.problem.name}/2", pair_template.problem)
    model.canary = tmp_path / "canary"
    shutil.copytree(model.folder, tmp_path / "kept")
    yield model
    shutil.rmtree(model.folder)
    shutil.copytree(tmp_path / "kept", model.folder)


@pytest.fixture
def signed(store, make_problem, make_run, tmp_path, monkeypatch):
    """A version that was registered where a signing key is configured."""
    monkeypatch.setenv("NIGHTSHIFT_SIGNING_KEY", SECRET)
    problem = make_problem()
    make_run(problem, "one")
    build_package(store, problem.name, "one")
    model = found(register(store, problem.name, "one").model_uri, problem)
    model.canary = tmp_path / "canary"
    return model


def list_again(model):
    """Make the package's manifest vouch for what lies there now, as a careful attacker would."""
    files = {
        path.relative_to(model.package).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": path.stat().st_size,
        }
        for path in model.package.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }
    (model.package / MANIFEST).write_text(json.dumps({"format": 1, "files": files}))


def seal_again(model):
    """The same with the seal, which lists the whole folder."""
    seal = json.loads((model.folder / "seal.json").read_text())
    seal["files"] = {
        path.relative_to(model.folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": path.stat().st_size,
        }
        for path in model.folder.rglob("*")
        if path.is_file() and path.name not in ("seal.json", "registered_model_meta")
    }
    (model.folder / "seal.json").write_text(json.dumps(seal))


def put_pickle(model):
    (model.package / "model.pkl").write_bytes(pickle.dumps(Touch(model.canary)))


def put_joblib(model):
    joblib = pytest.importorskip("joblib")
    joblib.dump(Touch(model.canary), model.package / "members" / "model.joblib", compress=3)


def put_skops(model):
    with zipfile.ZipFile(model.package / "model.skops", "w") as file:
        file.writestr("schema.json", json.dumps({"__module__": "os", "__class__": "system"}))


def put_objects(model):
    """Arrays of Python objects are pickles within an .npz."""
    path = next(model.package.rglob("*.npz"))
    objects = np.array([Touch(model.canary)], dtype=object)
    np.savez(path, coefficients=objects, intercept=objects)


def put_links(model):
    target = model.package.parent / "elsewhere.json"
    (model.package / "model.json").rename(target)
    (model.package / "model.json").symlink_to(target)


def alter_arrays(model):
    path = next(model.package.rglob("*.npz"))
    with np.load(path) as arrays:
        doubled = {name: 2 * array for name, array in arrays.items()}
    np.savez(path, **doubled)


def alter_manifest(model):
    (model.package / MANIFEST).write_text('{"format": 1, "files": {}}')


def alter_mlmodel(model):
    """MLflow would import whatever module this names."""
    (model.folder / "code" / "other.py").write_text(loader(model))
    path = model.folder / "MLmodel"
    path.write_text(path.read_text().replace("automl_tasks.serve.mlflow_loader", "other"))


def alter_flavour(model):
    (model.folder / "model.pkl").write_bytes(pickle.dumps(Touch(model.canary)))
    path = model.folder / "MLmodel"
    text = path.read_text().replace("automl_tasks.serve.mlflow_loader", "mlflow.sklearn")
    path.write_text(text.replace("data: data/package", "data: model.pkl"))


def alter_code(model):
    path = model.folder / "code" / "automl_tasks" / "serve" / "__init__.py"
    path.write_text(loader(model) + path.read_text())


def put_code(model):
    (model.folder / "code" / "numpy.py").write_text(loader(model))


def alter_requirements(model):
    (model.folder / "requirements.txt").write_text("https://example.invalid/evil.whl\n")


def loader(model):
    return (
        f"import pathlib; pathlib.Path({str(model.canary)!r}).touch()\n"
        "def _load_pyfunc(path): return None\n"
    )


ATTACKS = [
    put_pickle,
    put_joblib,
    put_skops,
    put_objects,
    put_links,
    put_code,
    alter_arrays,
    alter_manifest,
    alter_mlmodel,
    alter_flavour,
    alter_code,
    alter_requirements,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
@pytest.mark.parametrize("cover", ["nothing", "manifest", "manifest and seal"])
def test_an_altered_model_is_refused_and_nothing_of_it_runs(model, attack, cover):
    attack(model)
    if cover != "nothing" and attack is not alter_manifest:
        list_again(model)
    if cover == "manifest and seal":
        seal_again(model)
    with registry(), pytest.raises(PackageError, match=r"was altered|not in the seal|not the one"):
        load_version(model.uri)
    assert not model.canary.exists()


def test_who_rewrites_the_registry_too_still_cannot_sign(signed):
    with registry():
        assert load_version(signed.uri)
    alter_arrays(signed)
    list_again(signed)
    seal_again(signed)
    digest = hashlib.sha256((signed.folder / "seal.json").read_bytes()).hexdigest()
    with registry() as client:
        client.set_model_version_tag(signed.problem.name, "1", "nightshift.seal", digest)
        with pytest.raises(PackageError, match="was altered, or signed with another key"):
            load_version(signed.uri)
        (signed.folder / "seal.sig").unlink()
        with pytest.raises(PackageError, match="is not signed, and a key is configured"):
            load_version(signed.uri)


def test_another_key_and_no_signature_are_refused_where_a_key_is_configured(
    signed, model, monkeypatch
):
    with registry(), pytest.raises(PackageError, match="is not signed, and a key is configured"):
        load_version(model.uri)
    monkeypatch.setenv("NIGHTSHIFT_SIGNING_KEY", SECRET[::-1])
    with registry(), pytest.raises(PackageError, match="signed with another key"):
        load_version(signed.uri)
    monkeypatch.delenv("NIGHTSHIFT_SIGNING_KEY")
    with registry():
        assert load_version(signed.uri)


def test_a_signed_model_of_another_problem_is_refused(signed, model):
    """The attacker puts a model that is signed, but another's, in the place of this one."""
    shutil.rmtree(model.folder)
    shutil.copytree(signed.folder, model.folder)
    digest = hashlib.sha256((signed.folder / "seal.json").read_bytes()).hexdigest()
    name, version = model.problem.name, model.uri.rpartition("/")[2]
    with registry() as client:
        before = client.get_model_version(name, version).tags["nightshift.seal"]
        client.set_model_version_tag(name, version, "nightshift.seal", digest)
        with pytest.raises(PackageError, match="this is the model of run 'one' of"):
            load_version(model.uri)
        client.set_model_version_tag(name, version, "nightshift.seal", before)


@pytest.mark.parametrize("attack", [alter_arrays, put_pickle, put_code, alter_requirements])
def test_plain_mlflow_refuses_what_our_loader_can_still_see(model, attack):
    attack(model)
    list_again(model)
    with registry(), pytest.raises(BadPackage, match=r"was altered|not in the seal"):
        mlflow.pyfunc.load_model(str(model.folder))
    assert not model.canary.exists()


def test_plain_mlflow_refuses_unsigned_models_where_a_key_is_configured(model, monkeypatch):
    monkeypatch.setenv("NIGHTSHIFT_SIGNING_KEY", SECRET)
    with registry(), pytest.raises(BadPackage, match="is not signed, and a key is configured"):
        mlflow.pyfunc.load_model(str(model.folder))


def test_what_python_cached_beside_a_model_is_not_run(model):
    """A compiled file counts for its source, whatever it holds."""
    cache = model.folder / "code" / "automl_tasks" / "serve" / "__pycache__"
    cache.mkdir()
    (cache / "__init__.cpython-311.pyc").write_bytes(b"anything")
    with registry():
        folder = fetch(model.uri, model.canary.parent / "fetched")
    assert not list(folder.rglob("__pycache__"))


def test_a_consumer_fetches_before_mlflow_parses(model, tmp_path):
    with registry():
        folder = fetch(model.uri, tmp_path / "good")
        assert mlflow.pyfunc.load_model(str(folder))
        alter_mlmodel(model)
        with pytest.raises(BadPackage, match=r"was altered|not in the seal"):
            fetch(model.uri, tmp_path / "bad")
    assert not model.canary.exists()


def test_a_version_of_old_without_a_seal_loads_but_its_seal_cannot_be_taken_off(model):
    name, version = model.problem.name, model.uri.rpartition("/")[2]
    with registry() as client:
        before = client.get_model_version(name, version).tags["nightshift.seal"]
        client.delete_model_version_tag(name, version, "nightshift.seal")
        with pytest.raises(PackageError, match=r"lacks the tag nightshift\.seal"):
            load_version(model.uri)
        (model.folder / "seal.json").unlink()
        assert load_version(model.uri)
        client.set_model_version_tag(name, version, "nightshift.seal", before)
        with pytest.raises(PackageError, match=r"no seal\.json"):
            load_version(model.uri)


def test_the_store_remembers_what_the_registry_was_made_to_forget(model, pair):
    """Files and tags were both rewritten; no key is configured."""
    problem, store = pair
    alter_arrays(model)
    list_again(model)
    seal_again(model)
    digest = hashlib.sha256((model.folder / "seal.json").read_bytes()).hexdigest()
    with registry() as client:
        client.set_model_version_tag(problem.name, "2", "nightshift.seal", digest)
        with pytest.raises(PackageError, match="the seal of models:/flats/2 is not the one"):
            load_version(model.uri)
    decision = promote(problem, store)
    assert (decision.verdict, decision.applied) == ("invalid", False)
    assert "is not the one that was registered" in decision.reason
    assert champion(problem.name) is None
    with registry() as client:
        source = client.get_model_version(problem.name, "1").source
        client.create_model_version(
            problem.name,
            source,
            tags=client.get_model_version(problem.name, "1").tags,
        )
    assert "was registered as models:/flats/1" in promote(problem, store, version=3).reason

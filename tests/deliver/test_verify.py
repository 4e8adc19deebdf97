import shutil
from pathlib import Path

import mlflow
import pytest

from automl_tasks.deliver import verify
from automl_tasks.deliver.registry import registry
from automl_tasks.errors import DataError, PackageError


def test_champion_alias_and_number_name_a_version(crowned):
    problem, _ = crowned
    found = verify(problem.name)
    assert (found.version, found.run, found.sealed, found.signed) == (1, "one", True, False)
    assert found.files > 20
    assert verify(f"{problem.name}@challenger").version == 2
    assert verify(f"{problem.name}/1") == found


@pytest.mark.parametrize("name", ["unknown", "flats/77", "flats@nobody"])
def test_a_version_that_is_not_there(pair, name):
    with pytest.raises(DataError, match=f"no model '{name}'.*NAME/VERSION"):
        verify(name)


def test_an_altered_file_is_named(pair, tmp_path):
    problem, _ = pair
    with registry() as client:
        source = client.get_model_version(problem.name, "1").source
    folder = Path(mlflow.artifacts.download_artifacts(source))
    shutil.copytree(folder, tmp_path / "kept")
    (folder / "MLmodel").write_text("flavors: {}")
    try:
        with pytest.raises(PackageError, match=r"models:/flats/1: .*'MLmodel' was altered"):
            verify("flats/1")
    finally:
        shutil.copytree(tmp_path / "kept", folder, dirs_exist_ok=True)

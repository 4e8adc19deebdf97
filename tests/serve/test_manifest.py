import json
import pickle
import zipfile

import pytest

from automl_tasks.serve import BadPackage
from automl_tasks.serve.manifest import MANIFEST, verify_manifest, write_manifest


@pytest.fixture
def package(tmp_path):
    (tmp_path / "members").mkdir()
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "members" / "trees.txt").write_text("tree 1")
    write_manifest(tmp_path)
    return tmp_path


def test_an_untouched_package_is_accepted_with_all_its_files(package):
    assert sorted(verify_manifest(package)) == ["members/trees.txt", "model.json"]


@pytest.mark.parametrize("content", ["tree 2", "tree 1 and more", ""])
def test_an_altered_file_is_named(package, content):
    (package / "members" / "trees.txt").write_text(content)
    with pytest.raises(BadPackage, match=r"'members/trees.txt' was altered"):
        verify_manifest(package)


def test_a_missing_file_is_named(package):
    (package / "members" / "trees.txt").unlink()
    with pytest.raises(BadPackage, match=r"'members/trees.txt' is missing"):
        verify_manifest(package)


def test_a_file_that_was_put_in_later_is_named(package):
    (package / "members" / "more.json").write_text("{}")
    with pytest.raises(BadPackage, match=r"'members/more.json' is not in the manifest"):
        verify_manifest(package)


def test_a_link_is_refused(package, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "model.json"
    outside.write_text("{}")
    (package / "model.json").unlink()
    (package / "model.json").symlink_to(outside)
    with pytest.raises(BadPackage, match=r"'model.json' is a link"):
        verify_manifest(package)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_refused_even_when_the_manifest_lists_it(package, protocol):
    path = package / "members" / "weights.txt"
    path.write_bytes(pickle.dumps({"a": 1}, protocol=protocol))
    with pytest.raises(BadPackage, match="no file that a package may hold"):
        write_manifest(package)


def test_a_pickle_by_name_is_refused_though_the_manifest_vouches_for_it(package):
    (package / "model.pkl").write_text("x")
    manifest = json.loads((package / MANIFEST).read_text())
    manifest["files"]["model.pkl"] = {
        "size": 1,
        "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    }
    (package / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BadPackage, match=r"'model.pkl' is no file that a package may hold"):
        verify_manifest(package)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.ubj", b"\x80\x01 no UBJSON"),
        ("model.json", b"cposix\nsystem\n"),
        ("model.cbm", b"x\x9c zlib, as joblib writes it"),
        ("arrays.npz", b"PK\x03\x04 no archive"),
        ("arrays.npy", b"plain text"),
    ],
)
def test_a_file_that_does_not_begin_as_its_kind_does_is_refused(package, name, content):
    (package / name).write_bytes(content)
    with pytest.raises(BadPackage, match=f"{name}' is no file that a package may hold"):
        write_manifest(package)


def test_an_archive_of_anything_but_arrays_is_refused(package):
    """What skops writes, under another name."""
    with zipfile.ZipFile(package / "arrays.npz", "w") as archive:
        archive.writestr("schema.json", '{"__module__": "os", "__class__": "system"}')
    with pytest.raises(BadPackage, match=r"arrays.npz' is no file that a package may hold"):
        write_manifest(package)


def test_a_folder_without_manifest_is_no_package(tmp_path):
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(BadPackage, match="no complete package"):
        verify_manifest(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 1}', '{"format": 1, "files": [1]}'])
def test_a_broken_manifest_is_refused(package, content):
    (package / MANIFEST).write_text(content)
    with pytest.raises(BadPackage, match="cannot be read"):
        verify_manifest(package)


def test_a_manifest_of_a_later_format_asks_for_newer_code(package):
    (package / MANIFEST).write_text('{"format": 2, "files": {}}')
    with pytest.raises(BadPackage, match="Install the version"):
        verify_manifest(package)

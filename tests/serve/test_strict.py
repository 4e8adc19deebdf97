import pytest

from automl_tasks.serve import BadPackage
from automl_tasks.serve.strict import read_json


def test_json_is_read(tmp_path):
    (tmp_path / "a.json").write_text('{"a": [1, 2.5, null, "ä"]}', encoding="utf-8")
    assert read_json(tmp_path / "a.json") == {"a": [1, 2.5, None, "ä"]}


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "[" * 200_000, "{", "", "1" * 9_999])
def test_what_json_has_not_is_refused_with_the_files_name(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BadPackage, match=r"'a.json' cannot be read"):
        read_json(tmp_path / "a.json")


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(BadPackage, match=r"'a.json' cannot be read"):
        read_json(tmp_path / "a.json")

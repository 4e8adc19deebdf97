"""``python -m automl_tasks.serve``: a downloaded folder, verified with nothing but this code."""

import runpy
import sys

import pytest

from automl_tasks.serve.seal import write_seal


@pytest.fixture
def verify(monkeypatch):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["serve", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("automl_tasks.serve", run_name="__main__")
        return ended.value.code

    return run


def test_a_folder_is_verified_and_what_is_wrong_is_named(verify, tmp_path, capsys):
    (tmp_path / "MLmodel").write_text("flavors: {}")
    digest = write_seal(tmp_path, problem="homes", run="one")
    assert verify(tmp_path, digest) == 0
    assert "1 files are as sealed by run one of homes; no key" in capsys.readouterr().out
    (tmp_path / "MLmodel").write_text("changed")
    assert verify(tmp_path) == 1
    assert "'MLmodel' was altered" in capsys.readouterr().err

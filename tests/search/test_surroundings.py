from importlib.metadata import distributions

from automl_tasks.search.surroundings import changes, code_digest, merged, surroundings


def test_libraries_code_and_machine_are_told():
    found = surroundings()
    installed = {each.name: each.version for each in distributions()}
    boosting = {name for name in ("xgboost", "xgboost-cpu") if name in installed}
    assert boosting == found.keys() & {"xgboost", "xgboost-cpu"}
    assert all(found[name] == installed[name] for name in {"lightgbm", *boosting})
    assert {"python", "processor", "cores", "nightshift"} <= found.keys()


def test_other_code_has_another_digest(tmp_path):
    for name, code in (("a", "x = 1"), ("same", "x = 1"), ("other", "x = 2")):
        (tmp_path / name / "part").mkdir(parents=True)
        (tmp_path / name / "part" / "model.py").write_text(code)
        (tmp_path / name / "notes.txt").write_text(name)
    a, same, other = (code_digest(tmp_path / name) for name in ("a", "same", "other"))
    assert a == same != other


def test_another_library_or_machine_is_told():
    then = {"lightgbm": "4.5.0", "python": "3.11.2"}
    now = {"lightgbm": "4.6.0", "python": "3.11.2"}
    assert list(changes(then, now)) == ["lightgbm was 4.5.0, is 4.6.0"]
    assert list(changes(then, {})) == [
        "lightgbm was 4.5.0, is missing",
        "python was 3.11.2, is missing",
    ]


def test_attempts_that_differ_are_told_together():
    attempts = [{"lightgbm": "4.6.0", "cores": "2"}, {"lightgbm": "4.5.0", "cores": "2"}, {}]
    assert merged(attempts[:2]) == {"lightgbm": "4.5.0 and 4.6.0", "cores": "2"}
    assert merged(attempts)["cores"] == "2 and missing"
    assert merged([]) == {}
